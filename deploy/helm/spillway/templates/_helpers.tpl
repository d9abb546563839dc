{{- define "spillway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "spillway.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "spillway.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "spillway.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "spillway.selector" -}}
app.kubernetes.io/name: {{ include "spillway.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "spillway.labels" -}}
{{ include "spillway.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "spillway.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "spillway.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "spillway.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* The configuration as YAML: what the values say, and the settings that the chart needs where they say nothing. */}}
{{- define "spillway.config" -}}
{{- $config := .Values.config }}
{{- if kindIs "string" $config }}
{{- $config = fromYaml $config }}
{{- if hasKey $config "Error" }}{{ fail (printf "config: not a mapping in YAML: %s" $config.Error) }}{{ end }}
{{- end }}
{{- $config = deepCopy (default dict $config) }}
{{- range $section := list "providers" "chains" }}
{{- if not (get $config $section) }}{{ fail (printf "config.%s: write it, or pass a file by --set-file config=spillway.yaml" $section) }}{{ end }}
{{- end }}
{{- $server := dict "drainDelay" .Values.drainDelay "drainTimeout" .Values.drainTimeout }}
{{- $_ := set $config "server" (merge (default dict $config.server) $server) }}
{{- if gt (int .Values.metrics.port) 0 }}
{{- $_ := set $config "metrics" (merge (default dict $config.metrics) (dict "port" .Values.metrics.port)) }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{/* The port of /metrics that the configuration names; 0 without one. */}}
{{- define "spillway.metricsPort" -}}
{{- $config := include "spillway.config" . | fromYaml }}
{{- int (default 0 (default dict $config.metrics).port) }}
{{- end }}

{{/* Whole seconds of a duration of the configuration, rounded up: milliseconds, or 250ms, 5s, 10m, 1h. */}}
{{- define "spillway.seconds" -}}
{{- $value := .value }}
{{- /* Otherwise a large number becomes 1e+06. */}}
{{- if kindIs "float64" $value }}{{ $value = int64 $value }}{{ end }}
{{- $text := $value | toString | lower | nospace }}
{{- if not (regexMatch "^[0-9]+(\\.[0-9]+)?(ms|s|m|h)?$" $text) }}{{ fail (printf "%s: %q is not a duration like 5s or 10m; the grace period of pods is computed from it" .name $text) }}{{ end }}
{{- $number := regexFind "^[0-9.]+" $text | float64 }}
{{- $unit := regexFind "[a-z]+$" $text | default "ms" }}
{{- $seconds := get (dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0) $unit }}
{{- mulf $number $seconds | ceil | int }}
{{- end }}

{{/* The grace period of a pod in seconds: what a graceful shutdown takes, and 10 s. */}}
{{- define "spillway.graceSeconds" -}}
{{- $server := (include "spillway.config" . | fromYaml).server }}
{{- $delay := include "spillway.seconds" (dict "name" "server.drainDelay" "value" $server.drainDelay) }}
{{- $timeout := include "spillway.seconds" (dict "name" "server.drainTimeout" "value" $server.drainTimeout) }}
{{- add (int $delay) (int $timeout) (int .Values.preStopSeconds) 10 }}
{{- end }}

{{/* Changes when pods must be replaced: with the sections that count at the start, or with the whole configuration. */}}
{{- define "spillway.checksum" -}}
{{- $text := include "spillway.config" . }}
{{- if not .Values.rolloutOnChange }}
{{- $text = pick (fromYaml $text) "server" "store" "metrics" "traces" "state" | toYaml }}
{{- end }}
{{- sha256sum $text }}
{{- end }}
