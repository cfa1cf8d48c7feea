{{/* The specification of the Elasticsearch. Takes the root. Returns YAML. */}}
{{- define "marbleline.storeSpec" -}}
{{- $store := .Values.store.managed -}}
{{- $options := include "marbleline.operatedOptions" (list . $store) | fromYaml -}}
{{- $container := dict "name" "elasticsearch" "resources" $store.resources "securityContext" (dict "allowPrivilegeEscalation" false "capabilities" (dict "drop" (list "ALL"))) -}}
{{- with $store.heap -}}
{{- $_ := set $container "env" (list (dict "name" "ES_JAVA_OPTS" "value" (printf "-Xms%s -Xmx%s" . .))) -}}
{{- end -}}
{{- $security := dict "runAsNonRoot" true "runAsUser" 1000 "fsGroup" 1000 "seccompProfile" (dict "type" "RuntimeDefault") -}}
version: {{ $store.version }}
{{- with $store.image }}
image: {{ . }}
{{- end }}
# Volumes outlive the resource, so that a new one of the same name finds its data.
volumeClaimDeletePolicy: {{ ternary "DeleteOnScaledownOnly" "DeleteOnScaledownAndClusterDeletion" .Values.keepData }}
auth:
  roles: [{secretName: {{ include "marbleline.name" (list . "store-roles") }}}]
  fileRealm: {{- include "marbleline.storeUsers" . | nindent 4 }}
nodeSets:
  - name: default
    count: {{ $store.nodes }}
    config:
      node.store.allow_mmap: {{ $store.allowMmap }}
    podTemplate: {{- include "marbleline.podTemplate" (dict "root" . "part" "store" "options" $options "container" $container "security" $security "labels" (include "marbleline.selector" (list . "store") | fromYaml)) | nindent 6 }}
    volumeClaimTemplates:
      - metadata: {name: elasticsearch-data}
        spec:
          accessModes: [ReadWriteOnce]
          {{- with $store.storageClass | default .Values.storageClass }}
          storageClassName: {{ . }}
          {{- end }}
          resources: {requests: {storage: {{ $store.storage }}}}
{{- end -}}

{{/* The Secrets of its users; of made ones those of the generation before too, which pods use until they have rolled.
     Takes the root. Returns YAML. */}}
{{- define "marbleline.storeUsers" -}}
{{- $names := list (include "marbleline.storeSecret" (list . "encoder")) (include "marbleline.storeSecret" (list . "console")) -}}
{{- if include "marbleline.sinkReads" . -}}
{{- $names = append $names (include "marbleline.storeSecret" (list . "sink")) -}}
{{- end -}}
{{- if .Values.metrics.storeExporter.enabled -}}
{{- $names = append $names (include "marbleline.storeSecret" (list . "store-exporter")) -}}
{{- end -}}
{{- if include "marbleline.kibana" . -}}
{{- $names = append $names (include "marbleline.loaderSecret" .) -}}
{{- end -}}
{{- if gt (int .Values.secrets.storeGeneration) 1 -}}
{{- range (include "marbleline.madeUsers" . | fromYaml).users -}}
{{- $names = append $names .previous -}}
{{- end -}}
{{- end -}}
{{- range $names }}
- secretName: {{ . }}
{{- end }}
{{- end -}}
