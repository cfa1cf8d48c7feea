{{/* From where Google's load balancers and their health checks come. */}}
{{- define "marbleline.googleRanges" -}}
[130.211.0.0/22, 35.191.0.0/16]
{{- end -}}

{{/* Who may open the console: networkPolicy.viewers; behind Google's load balancers, if it is empty, these. Takes the
     root. Returns {items: [...]} of NetworkPolicyPeers. */}}
{{- define "marbleline.consoleViewers" -}}
{{- $viewers := .Values.networkPolicy.viewers -}}
{{- if and (not $viewers) .Values.console.gke.enabled -}}
{{- range include "marbleline.googleRanges" . | fromYamlArray -}}
{{- $viewers = append $viewers (dict "ipBlock" (dict "cidr" .)) -}}
{{- end -}}
{{- end -}}
{{- dict "items" $viewers | toYaml -}}
{{- end -}}

{{/* Annotations of the Service: the values' own, and on GKE those that its load balancers read. Takes the root. */}}
{{- define "marbleline.consoleServiceAnnotations" -}}
{{- $annotations := deepCopy .Values.console.service.annotations -}}
{{- if and .Values.console.gke.enabled .Values.console.ingress.enabled -}}
{{- $config := dict "default" (include "marbleline.name" (list . "console")) | toJson -}}
{{- $annotations = merge $annotations (dict "cloud.google.com/backend-config" $config "cloud.google.com/neg" (toJson (dict "ingress" true))) -}}
{{- end -}}
{{- toYaml $annotations -}}
{{- end -}}

{{/* Annotations of the Ingress. GKE serves its class by this annotation only, not by ingressClassName. Takes the root. */}}
{{- define "marbleline.consoleIngressAnnotations" -}}
{{- $ingress := .Values.console.ingress -}}
{{- $annotations := deepCopy $ingress.annotations -}}
{{- if hasPrefix "gce" $ingress.className -}}
{{- $annotations = merge $annotations (dict "kubernetes.io/ingress.class" $ingress.className) -}}
{{- end -}}
{{- if .Values.console.gke.enabled -}}
{{- $annotations = merge $annotations (dict "networking.gke.io/v1beta1.FrontendConfig" (include "marbleline.name" (list . "console"))) -}}
{{- with .Values.console.gke.staticAddress -}}
{{- $annotations = merge $annotations (dict "kubernetes.io/ingress.global-static-ip-name" .) -}}
{{- end -}}
{{- if .Values.console.gke.managedCertificate -}}
{{- $annotations = merge $annotations (dict "networking.gke.io/managed-certificates" (include "marbleline.name" (list . "console"))) -}}
{{- end -}}
{{- end -}}
{{- toYaml $annotations -}}
{{- end -}}
