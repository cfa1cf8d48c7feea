{{/* What the Job makes where it does not exist: users of the store, and the broker's authority and certificate.
     Only what the values do not name. Takes the root. Returns YAML. */}}
{{- define "marbleline.madeUsers" -}}
{{- $root := . -}}{{- $users := .Values.store.managed.users -}}
{{- $generation := int .Values.secrets.storeGeneration -}}
{{- $wanted := list -}}
{{- if eq .Values.store.mode "managed" -}}
{{- $known := list (dict "part" "store-workers" "user" "marbleline-workers" "role" "marbleline_workers" "named" $users.workersSecret) (dict "part" "store-console" "user" "marbleline-console" "role" "marbleline_console" "named" $users.consoleSecret) -}}
{{- if include "marbleline.sinkReads" . -}}
{{- $known = append $known (dict "part" "store-sink" "user" "marbleline-sink" "role" "marbleline_sink" "named" $users.sinkSecret) -}}
{{- end -}}
{{- if .Values.metrics.storeExporter.enabled -}}
{{- $known = append $known (dict "part" "store-exporter" "user" "marbleline-exporter" "role" "marbleline_exporter" "named" $users.exporterSecret) -}}
{{- end -}}
{{- if include "marbleline.kibana" . -}}
{{- $known = append $known (dict "part" "kibana-loader" "user" "marbleline-kibana-loader" "role" "kibana_admin" "named" $users.loaderSecret) -}}
{{- end -}}
{{- range $known -}}
{{- if not .named -}}
{{- $name := ternary .user (printf "%s-%d" .user $generation) (lt $generation 2) -}}
{{- $wanted = append $wanted (dict "secret" (include "marbleline.madeSecret" (list $root .part $generation)) "previous" (include "marbleline.madeSecret" (list $root .part (sub $generation 1))) "username" $name "role" .role) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "users" $wanted | toYaml -}}
{{- end -}}

{{- define "marbleline.madeCertificate" -}}
{{- $tls := .Values.broker.managed.tls -}}
{{- if and (eq .Values.broker.mode "managed") $tls.enabled (not $tls.secret) (not $tls.issuer.name) -}}
secret: {{ include "marbleline.name" (list . "broker-tls") }}
authority: {{ include "marbleline.name" (list . "broker-ca") }}
generation: {{ int .Values.secrets.brokerGeneration }}
days: {{ int $tls.days }}
names: {{- include "marbleline.brokerNames" . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* The names of the broker and of its nodes, as a certificate has them. Takes the root. */}}
{{- define "marbleline.brokerNames" -}}
{{- $host := include "marbleline.name" (list . "broker") -}}
{{- $space := .Release.Namespace -}}
{{- list $host (printf "%s.%s" $host $space) (printf "%s.%s.svc" $host $space) (printf "%s.%s.svc.cluster.local" $host $space) (printf "*.%s-nodes.%s" $host $space) (printf "*.%s-nodes.%s.svc" $host $space) (printf "*.%s-nodes.%s.svc.cluster.local" $host $space) | toYaml -}}
{{- end -}}

{{/* All of it as the Job reads it. Takes the root. Returns YAML. */}}
{{- define "marbleline.wantedSecrets" -}}
{{- $labels := merge (dict "app.kubernetes.io/managed-by" "marbleline") (include "marbleline.selector" (list . "secrets") | fromYaml) -}}
{{- dict "namespace" .Release.Namespace "labels" $labels "users" (include "marbleline.madeUsers" . | fromYaml).users "certificate" (include "marbleline.madeCertificate" . | fromYaml) | toYaml -}}
{{- end -}}

{{/* The names of all Secrets that it makes. Takes what marbleline.wantedSecrets returned. Returns {items: [...]}. */}}
{{- define "marbleline.wantedNames" -}}
{{- $names := list -}}
{{- range .users -}}{{- $names = append $names .secret -}}{{- end -}}
{{- with .certificate -}}{{- $names = concat $names (list .secret .authority) -}}{{- end -}}
{{- dict "items" $names | toYaml -}}
{{- end -}}
