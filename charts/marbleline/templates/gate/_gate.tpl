{{/* The station's settings file: its cameras. TOML's strings are JSON's. Takes the root. */}}
{{- define "marbleline.gateFile" -}}
{{- range .Values.gate.cameras }}
[[cameras]]
camera = {{ toJson .name }}
source = {{ toJson .source }}
{{- with .rate }}
rate = {{ toJson . }}
{{- end }}
{{ end }}
{{- end -}}

{{/* The PLC's name or address, and its port. Each takes the root. */}}
{{- define "marbleline.plcHost" -}}
{{- regexReplaceAll "^[a-z0-9]+:(.*):[0-9]+$" .Values.gate.plc "${1}" | trimAll "[]" -}}
{{- end -}}

{{- define "marbleline.plcPort" -}}
{{- regexFind "[0-9]+$" .Values.gate.plc -}}
{{- end -}}

{{/* Whom the station may reach as PLC: gate.peers, or the address alone; none if plc is a name.
     Takes the root; returns {items: [NetworkPolicyPeer]}. */}}
{{- define "marbleline.plcPeers" -}}
{{- $peers := .Values.gate.peers -}}
{{- $host := include "marbleline.plcHost" . -}}
{{- if not $peers -}}
{{- if regexMatch "^[0-9]+(\\.[0-9]+){3}$" $host -}}{{- $peers = list (dict "ipBlock" (dict "cidr" (print $host "/32"))) -}}
{{- else if contains ":" $host -}}{{- $peers = list (dict "ipBlock" (dict "cidr" (print $host "/128"))) -}}
{{- end -}}
{{- end -}}
{{- dict "items" $peers | toYaml -}}
{{- end -}}
