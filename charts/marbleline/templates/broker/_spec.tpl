{{/* The specification of the RabbitmqCluster. Takes the root. Returns YAML. */}}
{{- define "marbleline.brokerSpec" -}}
{{- $broker := .Values.broker.managed -}}
{{- $options := include "marbleline.operatedOptions" (list . $broker) | fromYaml -}}
{{- $affinity := $options.affinity | default dict -}}
{{- if and (not $affinity) (gt (int $broker.replicas) 1) -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "marbleline.pods" (list . "broker") | fromYaml)) -}}
{{- $affinity = dict "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" (list (dict "weight" 100 "podAffinityTerm" $term))) -}}
{{- end -}}
replicas: {{ $broker.replicas }}
{{- with $broker.image }}
image: {{ . }}
{{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- if $broker.tls.enabled }}
tls:
  secretName: {{ include "marbleline.brokerCaSecret" . }}
  disableNonTLSListeners: true
{{- end }}
persistence:
  storage: {{ $broker.storage }}
  {{- with $broker.storageClass | default .Values.storageClass }}
  storageClassName: {{ . }}
  {{- end }}
resources: {{- toYaml $broker.resources | nindent 2 }}
terminationGracePeriodSeconds: {{ int64 $broker.gracePeriodSeconds }}
rabbitmq:
  additionalConfig: |
    disk_free_limit.absolute = {{ $broker.diskFreeLimit }}
    # RabbitMQ 4 takes 16 MiB by default; maxFrameBytes may be up to 100 MB.
    max_message_size = 134217728
    # Quorum queues keep what is in the write-ahead log in memory until it rolls over, at 512 MiB by default. That is
    # more than the threshold of the memory alarm, which stops the publishing that would make it roll over.
    raft.wal_max_size_bytes = 67108864
    vm_memory_high_watermark.relative = 0.6
    {{- with $broker.config }}
    {{- . | nindent 4 }}
    {{- end }}
{{- with $affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $options.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- $security := dict "allowPrivilegeEscalation" false "capabilities" (dict "drop" (list "ALL")) }}
{{- $main := dict "name" "rabbitmq" "securityContext" $security }}
{{- range $field, $key := dict "env" "extraEnv" "envFrom" "extraEnvFrom" "volumeMounts" "extraVolumeMounts" }}
{{- with get $options $key }}{{ $_ := set $main $field . }}{{ end }}
{{- end }}
override:
  statefulSet:
    spec:
      template:
        {{- if or $options.annotations $options.labels }}
        metadata: {{- dict "annotations" ($options.annotations | default dict) "labels" ($options.labels | default dict) | toYaml | nindent 10 }}
        {{- end }}
        spec:
          securityContext:
            runAsNonRoot: true
            runAsUser: 999
            runAsGroup: 999
            fsGroup: 999
            seccompProfile: {type: RuntimeDefault}
          {{- with $options.nodeSelector }}
          nodeSelector: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with $options.priorityClassName }}
          priorityClassName: {{ . }}
          {{- end }}
          {{- with $options.topologySpreadConstraints }}
          topologySpreadConstraints: {{- toYaml . | nindent 12 }}
          {{- end }}
          # The operator's own containers, held to what Pod Security "restricted" asks.
          initContainers: {{- concat (list (dict "name" "setup-container" "securityContext" $security)) ($options.initContainers | default list) | toYaml | nindent 12 }}
          containers: {{- concat (list $main) ($options.sidecars | default list) | toYaml | nindent 12 }}
          {{- with $options.extraVolumes }}
          volumes: {{- toYaml . | nindent 12 }}
          {{- end }}
{{- end -}}
