{{/* Whether the webhook worker reads the store: for alarms only. Takes the root. */}}
{{- define "marbleline.webhookReads" -}}
{{- if and .Values.webhook.enabled (has "alarm" .Values.webhook.events) -}}true{{- end -}}
{{- end -}}

{{/* The part of an environment variable's name that stands for a target. Takes the target's name. */}}
{{- define "marbleline.webhookSuffix" -}}
{{- upper . | replace "-" "_" -}}
{{- end -}}

{{/* What is taken from webhook.secret: for each target its secret and, where the values have none, its address.
     Takes the root; returns {items: [{env, secret, key}]}. */}}
{{- define "marbleline.webhookSecrets" -}}
{{- $webhook := .Values.webhook -}}
{{- $items := list -}}
{{- range $name, $address := $webhook.targets -}}
{{- $suffix := include "marbleline.webhookSuffix" $name -}}
{{- $items = append $items (dict "env" (print "WEBHOOK_SECRET_" $suffix) "secret" $webhook.secret "key" $name) -}}
{{- if not $address -}}
{{- $items = append $items (dict "env" (print "WEBHOOK_ADDRESS_" $suffix) "secret" $webhook.secret "key" (print $name ".address")) -}}
{{- end -}}
{{- end -}}
{{- dict "items" $items | toYaml -}}
{{- end -}}

{{/* NAME=VALUE of each target, as the settings webhooks and webhook_secrets want them. Take the root. */}}
{{- define "marbleline.webhookAddresses" -}}
{{- $pairs := list -}}
{{- range $name, $address := .Values.webhook.targets -}}
{{- $pairs = append $pairs (printf "%s=%s" $name ($address | replace "$" "$$" | default (printf "$(WEBHOOK_ADDRESS_%s)" (include "marbleline.webhookSuffix" $name)))) -}}
{{- end -}}
{{- join " " $pairs -}}
{{- end -}}

{{- define "marbleline.webhookKeys" -}}
{{- $pairs := list -}}
{{- range $name, $_ := .Values.webhook.targets -}}
{{- $pairs = append $pairs (printf "%s=$(WEBHOOK_SECRET_%s)" $name (include "marbleline.webhookSuffix" $name)) -}}
{{- end -}}
{{- join " " $pairs -}}
{{- end -}}

{{/* The ports on which the targets are reached; an address that a Secret holds is taken to be https. Takes the root;
     returns {items: [port]}. */}}
{{- define "marbleline.webhookPorts" -}}
{{- $ports := list -}}
{{- range $name, $address := .Values.webhook.targets -}}
{{- $ports = append $ports (include "marbleline.httpPort" ($address | default "https://") | int) -}}
{{- end -}}
{{- dict "items" (.Values.webhook.ports | default (uniq $ports)) | toYaml -}}
{{- end -}}
