{{- define "shopfloor.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "shopfloor.labels" -}}
app.kubernetes.io/name: shopfloor
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "shopfloor.pod" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "shopfloor.container" -}}
image: {{ include "shopfloor.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
envFrom:
  - secretRef: {name: {{ .root.Values.secret | quote }}}
env:
  - {name: SHOPFLOOR_KAFKA, value: {{ .root.Values.kafka | quote }}}
  - {name: SHOPFLOOR_METRICS_HOST, value: "0.0.0.0"}
  - {name: SHOPFLOOR_METRICS_PORT, value: "9464"}
  {{- range $name, $value := .root.Values.settings }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
{{- end }}
