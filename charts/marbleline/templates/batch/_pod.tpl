{{/* A pod of the batch lane without a command; Airflow gives it one. Takes a dict: root, image (a part's name), own
     (its values), wants, env, mounts and volumes (more of each). */}}
{{- define "marbleline.batchPod" -}}
{{- $root := .root -}}
metadata:
  labels: {{- include "marbleline.labels" (list $root "batch") | nindent 4 }}
  {{- if eq $root.Values.model.source "bucket" }}
  annotations: {gke-gcsfuse/volumes: "true"}
  {{- end }}
spec:
  restartPolicy: Never
  {{- include "marbleline.podSecurity" $root | nindent 2 }}
  {{- include "marbleline.placement" (list $root "batch" $root.Values.batch) | nindent 2 }}
  {{- if has "model" .wants }}
  {{- include "marbleline.modelInit" $root | nindent 2 }}
  {{- end }}
  containers:
    - name: base
      image: {{ include "marbleline.image" (list $root .image .own.image) }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      envFrom: [{configMapRef: {name: {{ include "marbleline.name" (list $root "settings") }}}}]
      env:
        {{- if has "broker" .wants }}
        {{- include "marbleline.env" $root | nindent 8 }}
        {{- end }}
        {{- include "marbleline.storeEnv" (list $root "batch") | nindent 8 }}
        {{- if has "collector" .wants }}
        {{- with include "marbleline.tracingEnv" $root }}{{ . | trim | nindent 8 }}{{ end }}
        {{- end }}
        {{- range $name, $value := merge (.env | default dict) (.own.env | default dict) }}
        - {name: {{ $name }}, value: {{ $value | quote }}}
        {{- end }}
      resources: {{- toYaml .resources | nindent 8 }}
      {{- include "marbleline.containerSecurity" $root | nindent 6 }}
      volumeMounts:
        {{- include "marbleline.mounts" (list $root .wants) | nindent 8 }}
        {{- range .mounts }}
        - {{ toJson . }}
        {{- end }}
  volumes:
    {{- include "marbleline.volumes" (list $root .wants) | nindent 4 }}
    {{- range .volumes }}
    - {{ toJson . }}
    {{- end }}
{{- end -}}

{{/* The volume of the model's versions, writable. Takes the root. */}}
{{- define "marbleline.modelToWrite" -}}
{{- if eq .Values.model.source "claim" -}}
{name: model, persistentVolumeClaim: {claimName: {{ .Values.model.claim }}}}
{{- else -}}
{name: model, csi: {driver: gcsfuse.csi.storage.gke.io, volumeAttributes: {bucketName: {{ .Values.model.bucket | quote }}, mountOptions: implicit-dirs}}}
{{- end -}}
{{- end -}}
