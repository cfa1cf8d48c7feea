{{/* The specification of the Beat. It carries lines of logs, never pictures: a longer one is cut, and says so in
     log.flags. Takes the root. Returns YAML. */}}
{{- define "marbleline.filebeatSpec" -}}
{{- $name := include "marbleline.name" (list . "filebeat") }}
{{- $logs := printf "/var/log/containers/%s-*_%s_*.log" .Release.Name .Release.Namespace }}
{{- $broker := printf "%s-broker-server-" .Release.Name }}
{{- $options := include "marbleline.operatedOptions" (list . .Values.filebeat) | fromYaml }}
{{- $node := dict "name" "NODE_NAME" "valueFrom" (dict "fieldRef" (dict "fieldPath" "spec.nodeName")) }}
{{- $mounts := list (dict "name" "containers" "mountPath" "/var/log/containers" "readOnly" true) (dict "name" "pods" "mountPath" "/var/log/pods" "readOnly" true) }}
{{- $container := dict "name" "filebeat" "env" (list $node) "resources" .Values.filebeat.resources "volumeMounts" $mounts }}
{{- $volumes := list (dict "name" "containers" "hostPath" (dict "path" "/var/log/containers")) (dict "name" "pods" "hostPath" (dict "path" "/var/log/pods")) }}
type: filebeat
version: {{ .Values.store.managed.version }}
{{- with .Values.filebeat.image }}
image: {{ . }}
{{- end }}
elasticsearchRef: {name: {{ include "marbleline.name" (list . "store") }}, namespace: {{ .Release.Namespace }}}
config:
  filebeat.inputs:
    # Workers, model server and Elasticsearch: a JSON object a line, stack traces within it.
    - type: filestream
      id: marbleline-json
      paths: [{{ $logs | quote }}]
      prospector.scanner: {symlinks: true, exclude_files: [{{ printf "/%s" $broker | quote }}]}
      message_max_bytes: 1048576
      parsers:
        - container: {}
        - ndjson: {target: "", overwrite_keys: true, add_error_key: true, expand_keys: true}
    # RabbitMQ: text; a line that does not begin with a date goes on the one before.
    - type: filestream
      id: marbleline-broker
      paths: ["/var/log/containers/{{ $broker }}*_{{ .Release.Namespace }}_*.log"]
      prospector.scanner.symlinks: true
      message_max_bytes: 1048576
      parsers:
        - container: {}
        - multiline: {type: pattern, pattern: '^\d{4}-\d{2}-\d{2}', negate: true, match: after}
  processors:
    - add_kubernetes_metadata: {host: "${NODE_NAME}", matchers: [{logs_path: {logs_path: /var/log/containers/}}]}
daemonSet:
  podTemplate: {{- include "marbleline.podTemplate" (dict "root" . "part" "filebeat" "options" $options "container" $container "security" (dict "runAsUser" 0) "token" true "account" $name "volumes" $volumes) | nindent 4 }}
{{- end -}}
