{{/* A size such as 2Gi in bytes. */}}
{{- define "marbleline.bytes" -}}
{{- $units := dict "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- mul (regexFind "^[0-9]+" . | int64) (get $units (regexFind "[A-Z]i$" .)) -}}
{{- end -}}
