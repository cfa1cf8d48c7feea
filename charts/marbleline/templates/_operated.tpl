{{/* Pods that an operator makes: what the options say of placement, and of containers, volumes and variables. */}}

{{/* The options of such a pod: where all pods run, and what its own `pod` says. Takes (list root own). Returns YAML. */}}
{{- define "marbleline.operatedOptions" -}}
{{- $all := pick (index . 0).Values.pods "nodeSelector" "tolerations" "priorityClassName" -}}
{{- include "marbleline.over" (list $all (index . 1).pod) -}}
{{- end -}}

{{/* A pod template of Elastic's operator. Takes a dict: root, part, options, container (the main one), security (of the
     pod), labels, volumes. Returns YAML. */}}
{{- define "marbleline.podTemplate" -}}
{{- $options := .options -}}
{{- $container := deepCopy .container -}}
{{- range $field, $key := dict "env" "extraEnv" "envFrom" "extraEnvFrom" "volumeMounts" "extraVolumeMounts" -}}
{{- with get $options $key -}}{{- $_ := set $container $field (concat (get $container $field | default list) .) -}}{{- end -}}
{{- end -}}
{{- $metadata := dict -}}
{{- with merge (deepCopy (.labels | default dict)) ($options.labels | default dict) -}}{{- $_ := set $metadata "labels" . -}}{{- end -}}
{{- with $options.annotations -}}{{- $_ := set $metadata "annotations" . -}}{{- end -}}
{{- with $metadata }}
metadata: {{- toYaml . | nindent 2 }}
{{- end }}
spec:
  automountServiceAccountToken: {{ .token | default false }}
  {{- with .account }}
  serviceAccountName: {{ . }}
  {{- end }}
  securityContext: {{- toYaml .security | nindent 4 }}
  {{- include "marbleline.placement" . | nindent 2 }}
  {{- with $options.initContainers }}
  initContainers: {{- toYaml . | nindent 4 }}
  {{- end }}
  containers: {{- concat (list $container) ($options.sidecars | default list) | toYaml | nindent 4 }}
  {{- with concat (.volumes | default list) ($options.extraVolumes | default list) }}
  volumes: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
