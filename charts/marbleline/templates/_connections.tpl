{{/* How a worker reaches what it uses: variables, and the mounts and volumes of authorities and of the model. */}}

{{/* Takes the root. */}}
{{- define "marbleline.brokerEnv" }}
- name: BROKER_USER
  valueFrom: {secretKeyRef: {name: {{ include "marbleline.brokerSecret" . }}, key: username}}
- name: BROKER_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "marbleline.brokerSecret" . }}, key: password}}
- name: MARBLELINE_BROKER
  value: {{ ternary "amqps" "amqp" (eq (include "marbleline.brokerTls" .) "true") }}://$(BROKER_USER):$(BROKER_PASSWORD)@{{ include "marbleline.brokerHost" . }}:{{ include "marbleline.brokerPort" . }}/{{ if eq .Values.broker.mode "external" }}{{ .Values.broker.external.vhost }}{{ end }}
{{- if include "marbleline.brokerCaSecret" . }}
- name: MARBLELINE_BROKER_CA_FILE
  value: /etc/marbleline/broker/ca.crt
{{- end }}
{{- end -}}

{{/* Takes (list root part). */}}
{{- define "marbleline.storeEnv" -}}
{{- $root := index . 0 -}}{{- $url := include "marbleline.storeUrl" $root -}}
{{- if include "marbleline.storeSecret" . }}
- name: STORE_USER
  valueFrom: {secretKeyRef: {name: {{ include "marbleline.storeSecret" . }}, key: username}}
- name: STORE_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "marbleline.storeSecret" . }}, key: password}}
- name: MARBLELINE_STORE
  value: {{ regexReplaceAll "^(https?://)" $url "${1}$(STORE_USER):$(STORE_PASSWORD)@" }}
{{- else }}
- name: MARBLELINE_STORE
  value: {{ $url }}
{{- end }}
{{- if include "marbleline.storeCaSecret" $root }}
- name: MARBLELINE_STORE_CA_FILE
  value: /etc/marbleline/store/ca.crt
{{- end }}
{{- end -}}

{{/* Where a worker that traces sends its spans. Takes the root. */}}
{{- define "marbleline.tracingEnv" -}}
{{- with .Values.tracing }}
{{- if .endpoint }}
- {name: MARBLELINE_OTLP_ENDPOINT, value: {{ .endpoint | quote }}}
- {name: MARBLELINE_TRACE_SHARE, value: {{ .share | quote }}}
{{- with .headersSecret }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom: {secretKeyRef: {name: {{ . }}, key: headers}}
{{- end }}
{{- if .caSecret }}
- {name: OTEL_EXPORTER_OTLP_CERTIFICATE, value: /etc/marbleline/collector/ca.crt}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The authorities' Secrets of what is wanted, by name. Takes (list root wants). */}}
{{- define "marbleline.authorities" -}}
{{- $root := index . 0 -}}{{- $wants := index . 1 -}}
{{- $tracing := $root.Values.tracing -}}
{{- $known := dict "broker" (include "marbleline.brokerCaSecret" $root) "store" (include "marbleline.storeCaSecret" $root) "store-authority" (include "marbleline.storeCaSecret" $root) "collector" (ternary $tracing.caSecret "" (ne $tracing.endpoint "")) "sink" $root.Values.sink.caSecret -}}
{{- $found := dict -}}
{{- range $wanted := $wants -}}
{{- with get $known $wanted -}}{{- $_ := set $found $wanted . -}}{{- end -}}
{{- end -}}
{{- toYaml $found -}}
{{- end -}}

{{/* Mounts and volumes of the authorities, of a place to write and, if wanted, of the model. A renewed authority reaches
     the files of a running pod, and a worker reads them for each new connection.
     Takes (list root wants) with wants a list of: broker, store, store-authority (its authority alone), model, collector, sink. */}}
{{- define "marbleline.mounts" -}}
{{- $wants := index . 1 -}}
- {name: tmp, mountPath: /tmp}
{{- range $name, $secret := include "marbleline.authorities" . | fromYaml }}
- {name: {{ $name }}-ca, mountPath: /etc/marbleline/{{ $name }}, readOnly: true}
{{- end }}
{{- if has "model" $wants }}
- {name: model, mountPath: /models, readOnly: true}
{{- end }}
{{- end -}}

{{- define "marbleline.volumes" -}}
{{- $root := index . 0 -}}{{- $wants := index . 1 -}}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
{{- range $name, $secret := include "marbleline.authorities" . | fromYaml }}
- name: {{ $name }}-ca
  secret: {secretName: {{ $secret }}, items: [{key: ca.crt, path: ca.crt}]}
{{- end }}
{{- if has "model" $wants }}
- name: model
{{- if eq $root.Values.model.source "claim" }}
  persistentVolumeClaim: {claimName: {{ $root.Values.model.claim }}, readOnly: true}
{{- else }}
  emptyDir: {sizeLimit: 1Gi}
{{- end }}
{{- if eq $root.Values.model.source "bucket" }}
- name: fetch-model
  configMap: {name: {{ include "marbleline.name" (list $root "fetch-model") }}}
{{- end }}
{{- end }}
{{- end -}}

{{/* The container that brings the model: out of its image before the worker starts, or from a bucket; nothing with a claim.
     Takes (list root options). */}}
{{- define "marbleline.modelContainer" -}}
{{- $root := index . 0 -}}
{{- if eq $root.Values.model.source "image" }}
- name: model
  image: {{ include "marbleline.image" (list $root "model" $root.Values.model.image) }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  {{- include "marbleline.containerSecurity" (index . 1) | nindent 2 }}
  resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 128Mi}}
  volumeMounts: [{name: model, mountPath: /models}]
{{- end }}
{{- if eq $root.Values.model.source "bucket" }}
- name: model
  image: {{ include "marbleline.image" (list $root "encoder" $root.Values.encoder.image) }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  # A sidecar: the worker starts after its first copy, and it goes on following the bucket.
  restartPolicy: Always
  command: [/opt/venv/bin/python, /etc/fetch-model/fetch_model.py]
  args: [{{ $root.Values.model.bucket | quote }}, /models, {{ $root.Values.model.bucketSeconds | quote }}]
  startupProbe: {exec: {command: [test, -f, /models/.fetched]}, periodSeconds: 2, failureThreshold: 150}
  {{- include "marbleline.containerSecurity" (index . 1) | nindent 2 }}
  resources: {requests: {cpu: 10m, memory: 32Mi}, limits: {memory: 128Mi}}
  volumeMounts:
    - {name: model, mountPath: /models}
    - {name: fetch-model, mountPath: /etc/fetch-model, readOnly: true}
    - {name: tmp, mountPath: /tmp}
{{- end }}
{{- end -}}

{{/* Egress of a pod that fetches the model: Google's metadata server, and storage. Takes the root. Returns {items: [...]}. */}}
{{- define "marbleline.bucketEgress" -}}
{{- $rules := list -}}
{{- if eq .Values.model.source "bucket" -}}
{{- $metadata := list (dict "ipBlock" (dict "cidr" "169.254.169.254/32")) (dict "ipBlock" (dict "cidr" "169.254.169.252/32")) -}}
{{- $rules = list (dict "to" $metadata "ports" (list (dict "port" 80 "protocol" "TCP") (dict "port" 988 "protocol" "TCP"))) (dict "ports" (list (dict "port" 443 "protocol" "TCP"))) -}}
{{- end -}}
{{- dict "items" $rules | toYaml -}}
{{- end -}}
