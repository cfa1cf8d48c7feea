{{/* A worker: a Deployment, its account and its budget. Takes what marbleline.deployment takes. */}}
{{- define "marbleline.worker" -}}
{{- $options := include "marbleline.podOptions" (list .root .own) | fromYaml -}}
{{ include "marbleline.deployment" (merge (dict "options" $options) .) }}
---
{{ include "marbleline.account" (list .root .part $options) }}
{{- if .root.Values.podDisruptionBudgets }}
---
{{ include "marbleline.budget" (list .root .part) }}
{{- end }}
{{- end -}}

{{/* A Deployment of ours. Takes a dict:
       root, part      part is the component, the name and the command unless these are said
       name            of the Deployment, without the release's
       own             the part's values: replicas, env, resources, gracePeriodSeconds
       options         what marbleline.podOptions returned
       image           the whole name
       command, args   of the container
       wants           of broker, store, model, collector, sink, those that it uses
       env, secrets    further variables, see marbleline.environment
       selector        further labels by which the pods are chosen
       annotations     further ones of the pods
       strategy        another one than: a new pod has to be ready before an old one goes
       minReadySeconds seconds that a new pod has to be ready before the old one goes
       with            terms of required pod affinity
       ports, probes   of the container
       mounts, volumes further ones */}}
{{- define "marbleline.deployment" -}}
{{- $root := .root -}}{{- $options := .options -}}
{{- /* A pod has no label that a new version of the chart changes: it would roll every pod. */ -}}
{{- $selector := merge (deepCopy (.selector | default dict)) (include "marbleline.selector" (list $root .part) | fromYaml) -}}
{{- $labels := merge (deepCopy (.selector | default dict)) (include "marbleline.labels" (list $root .part) | fromYaml) -}}
{{- $strategy := .strategy | default (dict "type" "RollingUpdate" "rollingUpdate" (dict "maxUnavailable" 0 "maxSurge" 1)) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "marbleline.name" (list $root (.name | default .part)) }}
  labels: {{- merge $labels $options.workloadLabels | toYaml | nindent 4 }}
  {{- with $options.workloadAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if not (dig "autoscaling" "enabled" false .own) }}
  replicas: {{ .own.replicas }}
  {{- end }}
  revisionHistoryLimit: {{ $options.revisionHistoryLimit }}
  {{- with .minReadySeconds }}
  minReadySeconds: {{ . }}
  {{- end }}
  selector:
    matchLabels: {{- toYaml $selector | nindent 6 }}
  strategy: {{- toYaml $strategy | nindent 4 }}
  template:
    metadata:
      labels: {{- merge (deepCopy $selector) $options.labels | toYaml | nindent 8 }}
      {{- with merge (deepCopy (.annotations | default dict)) $options.annotations }}
      annotations: {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "marbleline.podHead" . | nindent 6 }}
      terminationGracePeriodSeconds: {{ int64 .own.gracePeriodSeconds }}
      {{- $init := include "marbleline.userContainers" (list $options.initContainers $options) }}
      {{- if has "model" .wants }}
      {{- $init = print (include "marbleline.modelContainer" (list $root $options)) $init }}
      {{- end }}
      {{- with trim $init }}
      initContainers:
        {{- . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .part }}
          image: {{ .image }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          {{- with .command }}
          command: {{ toJson . }}
          {{- end }}
          args: {{ .args | default (list .part) | toJson }}
          {{- with $options.extraEnvFrom }}
          envFrom: {{- toYaml . | nindent 12 }}
          {{- end }}
          env:
            {{- include "marbleline.environment" (dict "root" $root "part" .part "wants" .wants "env" .env "own" .own.env "secrets" .secrets "options" $options) | trim | nindent 12 }}
          ports: {{- toYaml .ports | nindent 12 }}
          {{- include "marbleline.probesOf" (list .probes $options) | trim | nindent 10 }}
          {{- with $options.lifecycle }}
          lifecycle: {{- toYaml . | nindent 12 }}
          {{- end }}
          resources: {{- toYaml .own.resources | nindent 12 }}
          {{- include "marbleline.containerSecurity" $options | nindent 10 }}
          volumeMounts:
            {{- include "marbleline.mounts" (list $root .wants) | nindent 12 }}
            {{- with .mounts }}{{ toYaml . | nindent 12 }}{{ end }}
            {{- with $options.extraVolumeMounts }}{{ toYaml . | nindent 12 }}{{ end }}
        {{- with trim (include "marbleline.userContainers" (list $options.sidecars $options)) }}
        {{- . | nindent 8 }}
        {{- end }}
      volumes:
        {{- include "marbleline.volumes" (list $root .wants) | nindent 8 }}
        {{- with .volumes }}{{ toYaml . | nindent 8 }}{{ end }}
        {{- with $options.extraVolumes }}{{ toYaml . | nindent 8 }}{{ end }}
{{- end -}}
