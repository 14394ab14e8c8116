{{- define "shopfloor.image" -}}
{{ .Values.image.repository }}{{ with .Values.image.digest }}@{{ . }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
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
{{- with .root.Values.environmentSecret }}
envFrom:
  - secretRef: {name: {{ . | quote }}}
{{- end }}
env:
  - {name: SHOPFLOOR_SECRETS_FOLDER, value: /etc/shopfloor/secrets}
  - {name: SHOPFLOOR_KAFKA, value: {{ .root.Values.kafka | quote }}}
  - {name: SHOPFLOOR_METRICS_HOST, value: "0.0.0.0"}
  - {name: SHOPFLOOR_METRICS_PORT, value: "9464"}
  {{- range $name, $value := .root.Values.settings }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
{{- end }}

{{- define "shopfloor.mounts" -}}
- {name: secrets, mountPath: /etc/shopfloor/secrets, readOnly: true}
- {name: temporary, mountPath: /tmp}
{{- end }}

{{- define "shopfloor.volumes" -}}
- {name: secrets, secret: {secretName: {{ .root.Values.secret | quote }}, defaultMode: 0440}}
- {name: temporary, emptyDir: {}}
{{- end }}
