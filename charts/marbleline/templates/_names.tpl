{{/* The name of a part: RELEASE-PART. Takes (list root part). */}}
{{- define "marbleline.name" -}}
{{- printf "%s-%s" (index . 0).Release.Name (index . 1) | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What pods of a part are chosen by; never changes. Takes (list root part). */}}
{{- define "marbleline.selector" -}}
app.kubernetes.io/name: marbleline
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* All labels of a part. Takes (list root part). */}}
{{- define "marbleline.labels" -}}
{{ include "marbleline.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version }}
{{- end -}}

{{/* An image's full name; a digest wins over a tag. Takes (list root name own) with own of image, tag, digest. */}}
{{- define "marbleline.image" -}}
{{- $all := (index . 0).Values.image -}}
{{- $own := index . 2 -}}
{{- $name := $own.name | default (printf "%s/%s" $all.registry (index . 1)) -}}
{{- if $own.digest -}}{{ $name }}@{{ $own.digest }}
{{- else -}}{{ $name }}:{{ $own.tag | default $all.tag | default (index . 0).Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* Hosts and addresses of what the workers use. Each takes the root. */}}
{{- define "marbleline.brokerHost" -}}
{{- if eq .Values.broker.mode "managed" -}}
{{ include "marbleline.name" (list . "broker") }}.{{ .Release.Namespace }}.svc
{{- else -}}{{ .Values.broker.external.host }}{{- end -}}
{{- end -}}

{{- define "marbleline.brokerTls" -}}
{{- if eq .Values.broker.mode "managed" -}}{{ ternary "true" "" .Values.broker.managed.tls.enabled }}
{{- else -}}{{ ternary "true" "" .Values.broker.external.tls }}{{- end -}}
{{- end -}}

{{- define "marbleline.brokerPort" -}}
{{- if eq .Values.broker.mode "external" -}}{{ .Values.broker.external.port }}
{{- else -}}{{ ternary 5671 5672 (eq (include "marbleline.brokerTls" .) "true") }}{{- end -}}
{{- end -}}

{{- define "marbleline.brokerSecret" -}}
{{- if eq .Values.broker.mode "managed" -}}
{{ .Values.broker.managed.userSecret | default (include "marbleline.name" (list . "broker-default-user")) }}
{{- else -}}{{ .Values.broker.external.secret }}{{- end -}}
{{- end -}}

{{- define "marbleline.brokerCaSecret" -}}
{{- if include "marbleline.brokerTls" . -}}
{{- if eq .Values.broker.mode "managed" -}}
{{ .Values.broker.managed.tls.secret | default (include "marbleline.name" (list . "broker-tls")) }}
{{- else -}}{{ .Values.broker.external.caSecret }}{{- end -}}
{{- end -}}
{{- end -}}

{{- define "marbleline.storeUrl" -}}
{{- if eq .Values.store.mode "managed" -}}
https://{{ include "marbleline.name" (list . "store-es-http") }}.{{ .Release.Namespace }}.svc:9200
{{- else -}}{{ .Values.store.external.url }}{{- end -}}
{{- end -}}

{{/* The console's login: its value, or what its env says instead. Takes the root. */}}
{{- define "marbleline.consoleLogin" -}}
{{- get .Values.console.env "MARBLELINE_CONSOLE_LOGIN" | default .Values.console.login -}}
{{- end -}}

{{/* Console, self-test and OPC UA server read (and label) only, the sink worker reads alarms only, so they are other users.
     Takes (list root part). */}}
{{- define "marbleline.storeSecret" -}}
{{- $root := index . 0 -}}{{- $store := $root.Values.store -}}
{{- $user := get (dict "console" "console" "selftest" "console" "opcua" "console" "sink" "sink" "store-exporter" "exporter") (index . 1) | default "workers" -}}
{{- if eq $store.mode "managed" -}}
{{- get $store.managed.users (print $user "Secret") | default (include "marbleline.madeSecret" (list $root (print "store-" $user) (int $root.Values.secrets.storeGeneration))) -}}
{{- else -}}
{{- get $store.external (print $user "Secret") | default $store.external.secret -}}
{{- end -}}
{{- end -}}

{{/* The Secret of a made user, of a generation: the first has no number. Takes (list root part generation). */}}
{{- define "marbleline.madeSecret" -}}
{{- $generation := int (index . 2) -}}
{{- include "marbleline.name" (list (index . 0) (ternary (index . 1) (printf "%s-%d" (index . 1) $generation) (lt $generation 2))) -}}
{{- end -}}

{{/* The user that loads Kibana's objects. Takes the root. */}}
{{- define "marbleline.loaderSecret" -}}
{{- .Values.store.managed.users.loaderSecret | default (include "marbleline.madeSecret" (list . "kibana-loader" (int .Values.secrets.storeGeneration))) -}}
{{- end -}}

{{/* Whether there is a Kibana: `auto` makes one for a store that is managed. Takes the root. */}}
{{- define "marbleline.kibana" -}}
{{- $asked := .Values.kibana.enabled | toString -}}
{{- if or (eq $asked "true") (and (eq $asked "auto") (eq .Values.store.mode "managed")) -}}true{{- end -}}
{{- end -}}

{{- define "marbleline.storeCaSecret" -}}
{{- if eq .Values.store.mode "managed" -}}{{ include "marbleline.name" (list . "store-es-http-certs-public") }}
{{- else -}}{{ .Values.store.external.caSecret }}{{- end -}}
{{- end -}}

{{- define "marbleline.servingUrl" -}}
{{- $host := printf "%s.%s.svc:8500" (include "marbleline.name" (list . "serving")) .Release.Namespace -}}
{{- if eq .Values.serving.mode "external" -}}{{ .Values.serving.external.url }}
{{- else if ne .Values.serving.mode "embedded" -}}
grpc://{{ $host }}/{{ .Values.model.name }}{{ with .Values.serving.label }}@{{ . }}{{ end }}
{{- end -}}
{{- end -}}
