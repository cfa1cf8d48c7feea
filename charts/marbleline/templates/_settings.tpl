{{/* The settings of a worker that follow from the values, as variables: only those that it reads, so that a change rolls
     nobody else. Takes (list root part). Returns YAML. */}}
{{- define "marbleline.settings" -}}
{{- $root := index . 0 -}}{{- $part := index . 1 -}}{{- $values := $root.Values -}}
{{- $settings := dict -}}
{{- /* What is no worker of ours has none. */ -}}
{{- if ne $part "store-exporter" -}}
{{- $settings = dict "MARBLELINE_DATA" "/var/lib/marbleline" "MARBLELINE_LOG_FORMAT" "json" "MARBLELINE_LOG_LEVEL" $values.logLevel -}}
{{- if not (has $part (list "batch" "selftest")) -}}
{{- $_ := set $settings "MARBLELINE_HEALTH_HOST" "0.0.0.0" -}}
{{- $_ := set $settings "MARBLELINE_HEALTH_PORT" "9100" -}}
{{- end -}}
{{- end -}}
{{- /* The slab worker's queue has the line's name, and whoever opens the broker has to know of it. */ -}}
{{- $slabs := and $values.slab.enabled (has $part (list "camera" "encoder" "publisher" "console" "sink" "slab" "gate" "opcua" "selftest" "batch")) -}}
{{- if $slabs -}}
{{- $_ := set $settings "MARBLELINE_SLABS" "true" -}}
{{- end -}}
{{- if or $slabs (has $part (list "camera" "console" "sink" "opcua" "selftest" "batch")) -}}
{{- $_ := set $settings "MARBLELINE_LINE" $values.line -}}
{{- end -}}
{{- if has $part (list "encoder" "publisher" "serving" "slab" "gate" "opcua" "batch") -}}
{{- $_ := set $settings "MARBLELINE_MODEL" (printf "/models/%s" $values.model.name) -}}
{{- end -}}
{{- if has $part (list "camera" "encoder" "gate" "selftest" "batch") -}}
{{- $_ := set $settings "MARBLELINE_MAX_FRAME_BYTES" (int64 $values.maxFrameBytes | toString) -}}
{{- end -}}
{{- if or (has $part (list "encoder" "publisher" "console" "slab" "gate" "opcua" "selftest" "batch")) (and (eq $part "sink") (include "marbleline.sinkReads" $root)) -}}
{{- $_ := set $settings "MARBLELINE_STORE_PREFIX" $values.store.prefix -}}
{{- end -}}
{{- /* Who writes an index sets its life cycle: the encoder that of frames, the publisher that of verdicts. */ -}}
{{- if has $part (list "encoder" "batch") -}}
{{- $_ := set $settings "MARBLELINE_STORE_KEEP_FRAMES_DAYS" (int $values.store.keepFramesDays | toString) -}}
{{- end -}}
{{- if has $part (list "publisher" "batch") -}}
{{- $_ := set $settings "MARBLELINE_STORE_KEEP_VERDICTS_DAYS" (int $values.store.keepVerdictsDays | toString) -}}
{{- end -}}
{{- toYaml $settings -}}
{{- end -}}

{{/* The variables of a container of ours. Credentials come from Secrets alone, and stand first, since others refer to
     them. Takes a dict: root, part, wants, env and own (dicts of variables; own wins over env, env over the settings
     that follow from the values), secrets (a list of dicts: env, secret, key), options. */}}
{{- define "marbleline.environment" -}}
{{- $root := .root -}}
{{- if has "broker" .wants }}
{{- include "marbleline.brokerEnv" $root }}
{{- end }}
{{- if has "store" .wants }}
{{- include "marbleline.storeEnv" (list $root .part) }}
{{- end }}
{{- if has "collector" .wants }}
{{- include "marbleline.tracingEnv" $root }}
{{- end }}
{{- range .secrets }}
- name: {{ .env }}
  valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}}
{{- end }}
{{- $settings := include "marbleline.settings" (list $root .part) | fromYaml }}
{{- range $variables := list .env .own }}
{{- range $name, $value := $variables | default dict }}{{ $_ := set $settings $name $value }}{{ end }}
{{- end }}
{{- range $name, $value := $settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- with .options.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
