{{/* When what the Job needs is there. Takes the hooks. */}}
{{- define "marbleline.secretsHook" -}}
helm.sh/hook: {{ . }}
helm.sh/hook-weight: "-10"
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{/* The specification of the Job. Takes a dict: root, options, image, verb (make or remove), name. */}}
{{- define "marbleline.secretsJob" -}}
{{- $root := .root -}}{{- $options := .options -}}
backoffLimit: 4
activeDeadlineSeconds: 300
template:
  metadata:
    labels: {{- merge (include "marbleline.selector" (list $root "secrets") | fromYaml) $options.labels | toYaml | nindent 6 }}
    {{- with $options.annotations }}
    annotations: {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    restartPolicy: OnFailure
    {{- include "marbleline.podSecurity" $options | nindent 4 }}
    serviceAccountName: {{ .name }}
    {{- with $root.Values.image.pullSecrets }}
    imagePullSecrets: {{ toJson . }}
    {{- end }}
    {{- include "marbleline.placement" (dict "root" $root "part" "secrets" "options" $options) | nindent 4 }}
    containers:
      - name: secrets
        image: {{ .image }}
        imagePullPolicy: {{ $root.Values.image.pullPolicy }}
        command: [/opt/venv/bin/python, /etc/secrets/make_secrets.py]
        args: [{{ .verb }}, /etc/secrets/wanted.json]
        resources: {{- toYaml $root.Values.secrets.resources | nindent 10 }}
        {{- include "marbleline.containerSecurity" $options | nindent 8 }}
        volumeMounts:
          - {name: wanted, mountPath: /etc/secrets, readOnly: true}
          - {name: api, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
    volumes:
      - name: wanted
        configMap: {name: {{ .name }}}
      # A token for this Job alone, for ten minutes.
      - name: api
        projected:
          sources:
            - serviceAccountToken: {path: token, expirationSeconds: 600}
            - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
{{- end -}}
