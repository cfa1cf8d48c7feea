{{/* What makes a pod pass Pod Security "restricted"; the same for all of ours. */}}
{{- define "marbleline.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "marbleline.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{/* Placement and pull secrets. Takes (list root part values-of-the-part). */}}
{{- define "marbleline.placement" -}}
{{- $root := index . 0 -}}{{- $own := index . 2 -}}
serviceAccountName: {{ include "marbleline.name" (list $root (index . 1)) }}
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with $own.nodeSelector | default $root.Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with $own.tolerations | default $root.Values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- if $root.Values.topologySpread }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "marbleline.selector" (list $root (index . 1)) | nindent 8 }}
{{- end }}
{{- end -}}

{{/* Rolls the pods when a setting of theirs changes. Takes the root. */}}
{{- define "marbleline.annotations" -}}
marbleline/settings: {{ include (print $.Template.BasePath "/settings.yaml") . | sha256sum | trunc 16 | quote }}
{{- end -}}

{{/* Environment of every worker. Credentials come from secrets alone. Takes the root. */}}
{{- define "marbleline.env" -}}
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
{{- $known := dict "broker" (include "marbleline.brokerCaSecret" $root) "store" (include "marbleline.storeCaSecret" $root) "collector" (ternary $tracing.caSecret "" (ne $tracing.endpoint "")) "webhook" $root.Values.webhook.caSecret -}}
{{- $found := dict -}}
{{- range $wanted := $wants -}}
{{- with get $known $wanted -}}{{- $_ := set $found $wanted . -}}{{- end -}}
{{- end -}}
{{- toYaml $found -}}
{{- end -}}

{{/* Mounts and volumes of the authorities, of a place to write and, if wanted, of the model.
     Takes (list root wants) with wants a list of: broker, store, model, collector, webhook. */}}
{{- define "marbleline.mounts" -}}
{{- $root := index . 0 -}}{{- $wants := index . 1 -}}
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
{{- if eq $root.Values.model.source "image" }}
  emptyDir: {sizeLimit: 1Gi}
{{- else if eq $root.Values.model.source "claim" }}
  persistentVolumeClaim: {claimName: {{ $root.Values.model.claim }}, readOnly: true}
{{- else }}
  csi:
    driver: gcsfuse.csi.storage.gke.io
    readOnly: true
    volumeAttributes: {bucketName: {{ $root.Values.model.bucket | quote }}, mountOptions: implicit-dirs}
{{- end }}
{{- end }}
{{- end -}}

{{/* Copies the model out of its image before the worker starts. Takes the root. */}}
{{- define "marbleline.modelInit" -}}
{{- if eq .Values.model.source "image" }}
initContainers:
  - name: model
    image: {{ include "marbleline.image" (list . "model" .Values.model.image) }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    {{- include "marbleline.containerSecurity" . | nindent 4 }}
    resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 128Mi}}
    volumeMounts: [{name: model, mountPath: /models}]
{{- end }}
{{- end -}}

{{/* Probes of a worker that serves /healthz and /readyz. */}}
{{- define "marbleline.probes" -}}
startupProbe: {httpGet: {path: /healthz, port: health}, periodSeconds: 2, failureThreshold: 60}
livenessProbe: {httpGet: {path: /healthz, port: health}, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6}
readinessProbe: {httpGet: {path: /readyz, port: health}, periodSeconds: 3, timeoutSeconds: 5, failureThreshold: 3}
{{- end -}}

{{/* A worker that reads queues: a Deployment. Takes a dict: root, part, own (its values), wants, env, secrets (a list of
     dicts with env, secret, key, which env may refer to), strategy. */}}
{{- define "marbleline.deployment" -}}
{{- $root := .root -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "marbleline.name" (list $root .part) }}
  labels: {{- include "marbleline.labels" (list $root .part) | nindent 4 }}
  {{- with $root.Values.workloadAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if not (dig "autoscaling" "enabled" false .own) }}
  replicas: {{ .own.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  selector:
    matchLabels: {{- include "marbleline.selector" (list $root .part) | nindent 6 }}
  strategy: {{ .strategy | default "{rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}" }}
  template:
    metadata:
      labels: {{- include "marbleline.labels" (list $root .part) | nindent 8 }}
      annotations:
        {{- include "marbleline.annotations" $root | nindent 8 }}
        {{- if and (has "model" .wants) (eq $root.Values.model.source "bucket") }}
        gke-gcsfuse/volumes: "true"
        {{- end }}
    spec:
      {{- include "marbleline.podSecurity" $root | nindent 6 }}
      {{- include "marbleline.placement" (list $root .part .own) | nindent 6 }}
      terminationGracePeriodSeconds: {{ .own.gracePeriodSeconds }}
      {{- if has "model" .wants }}
      {{- include "marbleline.modelInit" $root | nindent 6 }}
      {{- end }}
      containers:
        - name: {{ .part }}
          image: {{ include "marbleline.image" (list $root (.image | default .part) .own.image) }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [{{ .command | default .part }}]
          envFrom: [{configMapRef: {name: {{ include "marbleline.name" (list $root "settings") }}}}]
          env:
            {{- if has "broker" .wants }}
            {{- include "marbleline.env" $root | nindent 12 }}
            {{- end }}
            {{- if has "store" .wants }}
            {{- include "marbleline.storeEnv" (list $root .part) | nindent 12 }}
            {{- end }}
            {{- if has "collector" .wants }}
            {{- with include "marbleline.tracingEnv" $root }}{{ . | trim | nindent 12 }}{{ end }}
            {{- end }}
            {{- range .secrets }}
            - name: {{ .env }}
              valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}}
            {{- end }}
            {{- range $name, $value := .env }}
            - {name: {{ $name }}, value: {{ $value | quote }}}
            {{- end }}
            {{- range $name, $value := .own.env }}
            - {name: {{ $name }}, value: {{ $value | quote }}}
            {{- end }}
          ports: {{- toYaml .ports | nindent 12 }}
          {{- .probes | nindent 10 }}
          resources: {{- toYaml .own.resources | nindent 12 }}
          {{- include "marbleline.containerSecurity" $root | nindent 10 }}
          volumeMounts: {{- include "marbleline.mounts" (list $root .wants) | nindent 12 }}
      volumes: {{- include "marbleline.volumes" (list $root .wants) | nindent 8 }}
---
{{ include "marbleline.account" (list $root .part .own) }}
{{- if $root.Values.podDisruptionBudgets }}
---
{{ include "marbleline.budget" (list $root .part) }}
{{- end }}
{{- end -}}

{{/* A ServiceAccount without a token. Takes (list root part own). */}}
{{- define "marbleline.account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "marbleline.name" (list (index . 0) (index . 1)) }}
  labels: {{- include "marbleline.labels" (list (index . 0) (index . 1)) | nindent 4 }}
  {{- with (index . 0).Values.serviceAccountAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end -}}

{{/* At most one pod of a part is taken away at a time. Takes (list root part). */}}
{{- define "marbleline.budget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "marbleline.name" . }}
  labels: {{- include "marbleline.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "marbleline.selector" . | nindent 6 }}
{{- end -}}
