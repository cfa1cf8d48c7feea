{{/* A pod of the batch lane without a command; Airflow gives it one. Takes a dict: root, image (a part's name), own
     (its values), wants, env, mounts and volumes (more of each), secrets (variables from them). */}}
{{- define "marbleline.batchPod" -}}
{{- $root := .root -}}
{{- $options := include "marbleline.podOptions" (list $root $root.Values.batch) | fromYaml -}}
metadata:
  labels: {{- merge (include "marbleline.selector" (list $root "batch") | fromYaml) $options.labels | toYaml | nindent 4 }}
  {{- with merge (deepCopy $options.annotations) (include "marbleline.modelAnnotations" $root | fromYaml) }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  restartPolicy: Never
  {{- include "marbleline.podHead" (dict "root" $root "part" "batch" "options" $options) | nindent 2 }}
  {{- $init := include "marbleline.userContainers" (list $options.initContainers $options) }}
  {{- if has "model" .wants }}
  {{- $init = print (include "marbleline.modelContainer" (list $root $options)) $init }}
  {{- end }}
  {{- with trim $init }}
  initContainers:
    {{- . | nindent 4 }}
  {{- end }}
  containers:
    - name: base
      image: {{ include "marbleline.image" (list $root .image .own.image) }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      {{- with $options.extraEnvFrom }}
      envFrom: {{- toYaml . | nindent 8 }}
      {{- end }}
      env:
        {{- include "marbleline.environment" (dict "root" $root "part" "batch" "wants" (append .wants "store" | uniq) "env" .env "own" .own.env "secrets" .secrets "options" $options) | trim | nindent 8 }}
      resources: {{- toYaml .resources | nindent 8 }}
      {{- include "marbleline.containerSecurity" $options | nindent 6 }}
      volumeMounts:
        {{- include "marbleline.mounts" (list $root .wants) | nindent 8 }}
        {{- range concat (.mounts | default list) $options.extraVolumeMounts }}
        - {{ toJson . }}
        {{- end }}
  volumes:
    {{- include "marbleline.volumes" (list $root .wants) | nindent 4 }}
    {{- range concat (.volumes | default list) $options.extraVolumes }}
    - {{ toJson . }}
    {{- end }}
{{- end -}}

{{/* What the driver that mounts a bucket is told by. Takes the root. */}}
{{- define "marbleline.modelAnnotations" -}}
{{- if eq .Values.model.source "bucket" -}}
gke-gcsfuse/volumes: "true"
{{- end -}}
{{- end -}}

{{/* The volume of the model's versions, writable. Takes the root. */}}
{{- define "marbleline.modelToWrite" -}}
{{- if eq .Values.model.source "claim" -}}
{name: model, persistentVolumeClaim: {claimName: {{ .Values.model.claim }}}}
{{- else -}}
{name: model, csi: {driver: gcsfuse.csi.storage.gke.io, volumeAttributes: {bucketName: {{ .Values.model.bucket | quote }}, mountOptions: implicit-dirs}}}
{{- end -}}
{{- end -}}
