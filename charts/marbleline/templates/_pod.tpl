{{/* The options of pods: `pods` for all, in which a key of a part's own `pod` replaces that key.
     Takes (list root own...) with values that may hold `pod`, the last one wins. Returns YAML. */}}
{{- define "marbleline.podOptions" -}}
{{- $options := deepCopy (index . 0).Values.pods -}}
{{- range $own := rest . -}}
{{- range $key, $value := $own.pod | default dict -}}
{{- $_ := set $options $key $value -}}
{{- end -}}
{{- end -}}
{{- toYaml $options -}}
{{- end -}}

{{/* The keys of several dicts, those of a later one replacing those of an earlier one; unlike `merge`, false and "" count.
     Takes a list of dicts. Returns YAML. */}}
{{- define "marbleline.over" -}}
{{- $all := dict -}}
{{- range $one := . -}}
{{- range $key, $value := $one | default dict -}}{{- $_ := set $all $key $value -}}{{- end -}}
{{- end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* What makes a pod pass Pod Security "restricted", and what the options add. Takes the options. */}}
{{- define "marbleline.podSecurity" -}}
{{- $ours := dict "runAsNonRoot" true "runAsUser" 10001 "runAsGroup" 10001 "fsGroup" 10001 "fsGroupChangePolicy" "OnRootMismatch" "seccompProfile" (dict "type" "RuntimeDefault") -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {{- include "marbleline.over" (list $ours .securityContext) | nindent 2 }}
{{- end -}}

{{/* Takes the options. */}}
{{- define "marbleline.containerSecurity" -}}
{{- $ours := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) -}}
securityContext: {{- include "marbleline.over" (list $ours .containerSecurityContext) | nindent 2 }}
{{- end -}}

{{/* Where a pod runs and how important it is; for pods of the operators too. Takes a dict: root, part, options, and
     with (terms of required pod affinity of ours). */}}
{{- define "marbleline.placement" -}}
{{- $options := .options -}}
{{- with $options.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $options.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "marbleline.affinity" (list $options.affinity .with) | fromYaml }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $options.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if $options.topologySpreadConstraints }}
topologySpreadConstraints: {{- toYaml $options.topologySpreadConstraints | nindent 2 }}
{{- else if .root.Values.topologySpread }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "marbleline.pods" (list .root .part) | nindent 8 }}
{{- end }}
{{- end -}}

{{/* The affinity of the options with terms of ours beside it. Takes (list affinity terms). */}}
{{- define "marbleline.affinity" -}}
{{- $affinity := deepCopy (index . 0 | default dict) -}}
{{- with index . 1 -}}
{{- $near := get $affinity "podAffinity" | default dict -}}
{{- $key := "requiredDuringSchedulingIgnoredDuringExecution" -}}
{{- $_ := set $near $key (concat (get $near $key | default list) .) -}}
{{- $_ := set $affinity "podAffinity" $near -}}
{{- end -}}
{{- toYaml $affinity -}}
{{- end -}}

{{/* The head of a pod of ours: account, pull secrets, placement, security. Takes a dict: root, part, options, with. */}}
{{- define "marbleline.podHead" -}}
{{ include "marbleline.podSecurity" .options }}
serviceAccountName: {{ include "marbleline.accountName" (list .root .part .options) }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- include "marbleline.placement" . }}
{{- with .options.hostAliases }}
hostAliases: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .options.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* Containers of the user's, hardened as ours are unless they say otherwise. Takes (list containers options). */}}
{{- define "marbleline.userContainers" -}}
{{- $security := include "marbleline.containerSecurity" (index . 1) | fromYaml -}}
{{- range index . 0 }}
- {{- include "marbleline.over" (list $security .) | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The probes of a container with those of the options laid over them. Takes (list probes options), probes a dict of
     startupProbe, livenessProbe and readinessProbe. */}}
{{- define "marbleline.probesOf" -}}
{{- $asked := (index . 1).probes | default dict -}}
{{- range $kind := list "startup" "liveness" "readiness" -}}
{{- $name := printf "%sProbe" $kind -}}
{{- $probe := include "marbleline.over" (list (get (index $ 0) $name) (get $asked $kind)) | fromYaml }}
{{ $name }}: {{ toJson $probe }}
{{- end -}}
{{- end -}}

{{/* Probes of a worker that serves /healthz and /readyz. */}}
{{- define "marbleline.probes" -}}
startupProbe: {httpGet: {path: /healthz, port: health}, periodSeconds: 2, failureThreshold: 60}
livenessProbe: {httpGet: {path: /healthz, port: health}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
readinessProbe: {httpGet: {path: /readyz, port: health}, periodSeconds: 3, timeoutSeconds: 5, failureThreshold: 3}
{{- end -}}

{{/* The name of a part's account. Takes (list root part options). */}}
{{- define "marbleline.accountName" -}}
{{- (index . 2).serviceAccount.name | default (include "marbleline.name" (list (index . 0) (index . 1))) -}}
{{- end -}}

{{/* A ServiceAccount without a token, unless the options name one that is there. Takes (list root part options). */}}
{{- define "marbleline.account" -}}
{{- $account := (index . 2).serviceAccount -}}
{{- if not $account.name -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "marbleline.accountName" . }}
  labels: {{- include "marbleline.labels" (list (index . 0) (index . 1)) | nindent 4 }}
  {{- with $account.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end -}}
{{- end -}}

{{/* At most one pod of a part is taken away at a time; one that is not ready may always be, or a node with a broken pod
     could never be drained. Takes (list root part). */}}
{{- define "marbleline.budget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "marbleline.name" . }}
  labels: {{- include "marbleline.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "marbleline.pods" . | nindent 6 }}
{{- end -}}
