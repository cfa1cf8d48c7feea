{{/* The options of a camera's pods: its own `pod` before that of all cameras. Takes (list root camera). Returns YAML. */}}
{{- define "marbleline.cameraOptions" -}}
{{- include "marbleline.podOptions" (list (index . 0) (index . 0).Values.camera (index . 1)) -}}
{{- end -}}

{{/* The image of a camera, its own before that of all; one whose source is video: or genicam: has another one.
     Takes (list root camera). */}}
{{- define "marbleline.cameraImage" -}}
{{- $camera := index . 1 -}}
{{- $video := regexMatch "^(video|genicam):" $camera.source -}}
{{- $all := ternary (index . 0).Values.camera.videoImage (index . 0).Values.camera.image $video -}}
{{- $own := include "marbleline.over" (list $all $camera.image) | fromYaml -}}
{{- include "marbleline.image" (list (index . 0) (ternary "camera-video" "camera" $video) $own) -}}
{{- end -}}

{{/* The settings of a camera as variables. Takes (list root camera). Returns YAML; every value is a string. */}}
{{- define "marbleline.cameraEnv" -}}
{{- $all := (index . 0).Values.camera -}}{{- $camera := index . 1 -}}
MARBLELINE_CAMERA: {{ $camera.name | quote }}
{{- with $camera.line }}
MARBLELINE_LINE: {{ . | quote }}
{{- end }}
MARBLELINE_SOURCE: {{ $camera.source | quote }}
MARBLELINE_SPOOL_BYTES: {{ int64 ($camera.spoolBytes | default $all.spoolBytes) | quote }}
MARBLELINE_DEADLINE_MS: {{ int64 ($camera.deadlineMs | default $all.deadlineMs) | quote }}
{{- with $camera.rate }}
MARBLELINE_RATE: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* The claim of a camera's spool: named as a StatefulSet of that name would, which earlier charts had.
     Takes (list root camera). */}}
{{- define "marbleline.spoolClaim" -}}
spool-{{ include "marbleline.name" (list (index . 0) (printf "camera-%s" (index . 1).name)) }}-0
{{- end -}}
