{{/* Who is who for network policies: the pods of a part. Takes (list root part). */}}
{{- define "marbleline.pods" -}}
{{- $root := index . 0 -}}{{- $part := index . 1 -}}
{{- if eq $part "broker" -}}
app.kubernetes.io/name: {{ include "marbleline.name" (list $root "broker") }}
{{- else if eq $part "store" -}}
elasticsearch.k8s.elastic.co/cluster-name: {{ include "marbleline.name" (list $root "store") }}
{{- else if eq $part "kibana" -}}
kibana.k8s.elastic.co/name: {{ include "marbleline.name" (list $root "kibana") }}
{{- else if eq $part "filebeat" -}}
beat.k8s.elastic.co/name: {{ include "marbleline.name" (list $root "filebeat") }}
{{- else -}}
{{ include "marbleline.selector" . }}
{{- end -}}
{{- end -}}

{{/* The port on which a part is spoken to. Takes (list root part). */}}
{{- define "marbleline.port" -}}
{{- $root := index . 0 -}}{{- $part := index . 1 -}}
{{- if eq $part "broker" -}}{{ include "marbleline.brokerPort" $root }}
{{- else if eq $part "store" -}}
{{- regexFind ":[0-9]+(/|$)" (include "marbleline.storeUrl" $root) | trimAll ":/" | default "9200" -}}
{{- else if eq $part "serving" -}}
{{- if eq $root.Values.serving.mode "external" -}}
{{- regexFind ":[0-9]+(/|$|@)" $root.Values.serving.external.url | trimAll ":/@" | default "8500" -}}
{{- else -}}8500{{- end -}}
{{- else if eq $part "kibana" -}}5601
{{- else -}}{{ fail (printf "no port is known for %s" $part) }}
{{- end -}}
{{- end -}}

{{/* Whether a part runs outside of this release. Takes (list root part). */}}
{{- define "marbleline.outside" -}}
{{- $root := index . 0 -}}{{- $part := index . 1 -}}
{{- if has $part (list "broker" "store" "serving") -}}
{{- if eq (index $root.Values $part).mode "external" -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* The port of an http(s) address. Takes the address. */}}
{{- define "marbleline.httpPort" -}}
{{- regexFind ":[0-9]+$" (regexFind "^https?://[^/?#]+" .) | trimPrefix ":" | default (ternary "443" "80" (hasPrefix "https:" .)) -}}
{{- end -}}

{{/* Egress to somewhere outside of the release: to peers (empty: anywhere), on ports. Takes (list peers ports). */}}
{{- define "marbleline.egress" -}}
- ports: [{{ range $i, $port := index . 1 }}{{ if $i }}, {{ end }}{port: {{ $port }}, protocol: TCP}{{ end }}]
  {{- with index . 0 }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* A policy: this part may be spoken to by ``from`` (a list of parts, on ``ports``) and may speak to ``to``
     (a list of parts) and to the cluster's DNS; nothing else.
     Takes a dict: root, part, from, ports, to, traces (whether it may speak to the collector), more (raw ingress
     rules), moreTo (raw egress rules), annotations, metrics (ports that Prometheus may ask). */}}
{{- define "marbleline.policy" -}}
{{- $root := .root -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "marbleline.name" (list $root .part) }}
  labels: {{- include "marbleline.labels" (list $root .part) | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  podSelector:
    matchLabels: {{- include "marbleline.pods" (list $root .part) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- if or .from .more (and .metrics $root.Values.networkPolicy.monitoring) }}
  ingress:
    {{- if .from }}
    - from:
        {{- range .from }}
        - podSelector:
            matchLabels: {{- include "marbleline.pods" (list $root .) | nindent 14 }}
        {{- end }}
      ports: [{{ range $i, $port := .ports }}{{ if $i }}, {{ end }}{port: {{ $port }}, protocol: TCP}{{ end }}]
    {{- end }}
    {{- if and .metrics $root.Values.networkPolicy.monitoring }}
    - from: {{- toYaml $root.Values.networkPolicy.monitoring | nindent 8 }}
      ports: [{{ range $i, $port := .metrics }}{{ if $i }}, {{ end }}{port: {{ $port }}, protocol: TCP}{{ end }}]
    {{- end }}
    {{- include "marbleline.rules" .more | nindent 4 }}
  {{- end }}
  egress:
    - to:
        - namespaceSelector:
            matchLabels: {kubernetes.io/metadata.name: {{ $root.Values.networkPolicy.dns.namespace }}}
          podSelector:
            matchLabels: {{ toJson $root.Values.networkPolicy.dns.podLabels }}
      ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
    {{- range .to }}
    {{- $port := include "marbleline.port" (list $root .) }}
    {{- if include "marbleline.outside" (list $root .) }}
    {{- include "marbleline.egress" (list (index $root.Values .).external.peers (list $port)) | nindent 4 }}
    {{- else }}
    - to:
        - podSelector:
            matchLabels: {{- include "marbleline.pods" (list $root .) | nindent 14 }}
      ports: [{port: {{ $port }}, protocol: TCP}]
    {{- end }}
    {{- end }}
    {{- if and .traces $root.Values.tracing.endpoint }}
    {{- $tracing := $root.Values.tracing }}
    {{- include "marbleline.egress" (list $tracing.peers ($tracing.ports | default (list (include "marbleline.httpPort" $tracing.endpoint)))) | nindent 4 }}
    {{- end }}
    {{- include "marbleline.rules" .moreTo | nindent 4 }}
{{- end -}}

{{/* Raw rules without empty fields: the API server drops those, and each later comparison would find a difference.
     Takes the rules. */}}
{{- define "marbleline.rules" -}}
{{- range . }}
{{- $rule := dict }}
{{- range $key, $value := . }}{{ if $value }}{{ $_ := set $rule $key $value }}{{ end }}{{ end }}
- {{ toJson $rule }}
{{- end }}
{{- end -}}
