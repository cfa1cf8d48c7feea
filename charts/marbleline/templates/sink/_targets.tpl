{{/* Whether the sink worker reads the store: for alarms only. Takes the root. */}}
{{- define "marbleline.sinkReads" -}}
{{- if and .Values.sink.enabled (has "alarm" .Values.sink.events) -}}true{{- end -}}
{{- end -}}

{{/* The part of an environment variable's name that stands for a target. Takes the target's name. */}}
{{- define "marbleline.sinkSuffix" -}}
{{- upper . | replace "-" "_" -}}
{{- end -}}

{{/* What is taken from sink.secret: for each target its secret and, where the values have none, its address.
     Takes `sink` or `batch.report`; returns {items: [{env, secret, key}]}. */}}
{{- define "marbleline.sinkSecrets" -}}
{{- $sink := . -}}
{{- $items := list -}}
{{- range $name, $address := $sink.targets -}}
{{- $suffix := include "marbleline.sinkSuffix" $name -}}
{{- $items = append $items (dict "env" (print "SINK_SECRET_" $suffix) "secret" $sink.secret "key" $name) -}}
{{- if not $address -}}
{{- $items = append $items (dict "env" (print "SINK_ADDRESS_" $suffix) "secret" $sink.secret "key" (print $name ".address")) -}}
{{- end -}}
{{- end -}}
{{- dict "items" $items | toYaml -}}
{{- end -}}

{{/* NAME=VALUE of each target, as the settings sinks and sink_secrets want them. Take the same. */}}
{{- define "marbleline.sinkAddresses" -}}
{{- $pairs := list -}}
{{- range $name, $address := .targets -}}
{{- $pairs = append $pairs (printf "%s=%s" $name ($address | replace "$" "$$" | default (printf "$(SINK_ADDRESS_%s)" (include "marbleline.sinkSuffix" $name)))) -}}
{{- end -}}
{{- join " " $pairs -}}
{{- end -}}

{{- define "marbleline.sinkKeys" -}}
{{- $pairs := list -}}
{{- range $name, $_ := .targets -}}
{{- $pairs = append $pairs (printf "%s=$(SINK_SECRET_%s)" $name (include "marbleline.sinkSuffix" $name)) -}}
{{- end -}}
{{- join " " $pairs -}}
{{- end -}}

{{/* The port of a target's address. Takes the address. */}}
{{- define "marbleline.sinkPort" -}}
{{- if hasPrefix "mqtt" . -}}
{{- regexFind ":[0-9]+$" (regexFind "^mqtts?://[^/]+" .) | trimPrefix ":" | default (ternary "8883" "1883" (hasPrefix "mqtts:" .)) -}}
{{- else if hasPrefix "smtp" . -}}
{{- regexFind ":[0-9]+$" (regexFind "^smtps?://[^/]+" .) | trimPrefix ":" | default (ternary "465" "587" (hasPrefix "smtps:" .)) -}}
{{- else -}}
{{- include "marbleline.httpPort" . -}}
{{- end -}}
{{- end -}}

{{/* The ports on which the targets are reached; an address that a Secret holds is taken to be https. Takes the same;
     returns {items: [port]}. */}}
{{- define "marbleline.sinkPorts" -}}
{{- $ports := list -}}
{{- range $name, $address := .targets -}}
{{- $ports = append $ports (include "marbleline.sinkPort" ($address | default "https://") | int) -}}
{{- end -}}
{{- dict "items" (.ports | default (uniq $ports)) | toYaml -}}
{{- end -}}
