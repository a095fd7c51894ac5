{{/* Where events are kept: the Redis of this chart, or the one that the values name. */}}
{{- define "kaskad.events" -}}
{{- if .Values.redis.enabled -}}
redis://{{ .Release.Name }}-redis:6379/kaskad
{{- else -}}
{{ required "redis.url: found nothing, expected redis://HOST:PORT/NAME where redis.enabled is false" .Values.redis.url }}
{{- end -}}
{{- end -}}

{{- define "kaskad.claim" -}}
{{ .Values.models.existingClaim | default (printf "%s-models" .Release.Name) }}
{{- end -}}
