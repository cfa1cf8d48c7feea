{{/* A user of the store whose password is made at the first install and kept by upgrades.
     Takes (list root name user role). */}}
{{- define "marbleline.storeUser" -}}
{{- $root := index . 0 -}}{{- $name := include "marbleline.name" (list $root (index . 1)) -}}
{{- $old := lookup "v1" "Secret" $root.Release.Namespace $name -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ $name }}
  labels: {{- include "marbleline.labels" (list $root "store") | nindent 4 }}
type: kubernetes.io/basic-auth
data:
  username: {{ index . 2 | b64enc }}
  password: {{ if $old }}{{ index $old.data "password" }}{{ else }}{{ randAlphaNum 32 | b64enc }}{{ end }}
  roles: {{ index . 3 | b64enc }}
{{- end -}}
