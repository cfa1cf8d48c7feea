{{/* How a slab is decided, for the slab worker and the gate station. Take the root; they return YAML. */}}
{{- define "marbleline.slabEnv" -}}
{{- with .Values.slab -}}
MARBLELINE_SLAB_INCOMPLETE: {{ .incomplete }}
MARBLELINE_SLAB_ROWS: {{ int .rows | quote }}
MARBLELINE_SLAB_MM_PER_COUNT: {{ .mmPerCount | quote }}
{{- if .calibrations }}
MARBLELINE_SLAB_CALIBRATIONS: /etc/marbleline/calibration
{{- end }}
{{- end }}
{{- end -}}

{{- define "marbleline.calibrationMounts" -}}
{{- $mounts := list -}}
{{- if .Values.slab.calibrations -}}
{{- $mounts = list (dict "name" "calibration" "mountPath" "/etc/marbleline/calibration" "readOnly" true) -}}
{{- end -}}
{{- dict "items" $mounts | toYaml -}}
{{- end -}}

{{- define "marbleline.calibrationVolumes" -}}
{{- $volumes := list -}}
{{- with .Values.slab.calibrations -}}
{{- $volumes = list (merge (dict "name" "calibration") .) -}}
{{- end -}}
{{- dict "items" $volumes | toYaml -}}
{{- end -}}
