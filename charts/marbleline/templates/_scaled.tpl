{{/* Replicas by the length of the queue that the worker reads (KEDA). Takes a dict: root, part, own, queue. */}}
{{- define "marbleline.scaledObject" -}}
{{- if .own.autoscaling.enabled -}}
{{- $name := include "marbleline.name" (list .root .part) -}}
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  name: {{ $name }}
  labels: {{- include "marbleline.labels" (list .root .part) | nindent 4 }}
spec:
  secretTargetRef:
    - {parameter: username, name: {{ include "marbleline.brokerSecret" .root }}, key: username}
    - {parameter: password, name: {{ include "marbleline.brokerSecret" .root }}, key: password}
    {{- with include "marbleline.brokerCaSecret" .root }}
    - {parameter: ca, name: {{ . }}, key: ca.crt}
    {{- end }}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ $name }}
  labels: {{- include "marbleline.labels" (list .root .part) | nindent 4 }}
spec:
  scaleTargetRef: {name: {{ $name }}}
  minReplicaCount: {{ .own.replicas }}
  maxReplicaCount: {{ .own.autoscaling.maxReplicas }}
  cooldownPeriod: 120
  triggers:
    - type: rabbitmq
      metadata:
        protocol: amqp
        host: {{ ternary "amqps" "amqp" (eq (include "marbleline.brokerTls" .root) "true") }}://{{ include "marbleline.brokerHost" .root }}:{{ include "marbleline.brokerPort" .root }}/
        queueName: marbleline.{{ .queue }}
        mode: QueueLength
        value: {{ .own.autoscaling.messages | quote }}
        {{- if include "marbleline.brokerCaSecret" .root }}
        tls: enable
        {{- end }}
      authenticationRef: {name: {{ $name }}}
{{- end -}}
{{- end -}}
