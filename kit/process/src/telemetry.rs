//! Logs and metrics: one subscriber, one recorder a process.

use std::{str::FromStr, sync::OnceLock};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::Env;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people, the default.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("expected text or json"),
        }
    }
}

#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// `SOUK_LOG`: tracing directives, e.g. `info,orders=debug`. Default `info,sqlx=warn,librdkafka=off,rdkafka=off`:
    /// the client logs every try to connect; our consumers say once that the broker is away.
    pub filter: String,
    /// `SOUK_LOG_FORMAT`: `text` or `json`. Default `text`.
    pub format: LogFormat,
}

impl TelemetryConfig {
    pub fn read(env: &mut Env) -> Self {
        let filter = env.or("SOUK_LOG", "info,sqlx=warn,librdkafka=off,rdkafka=off".to_owned());
        if let Err(error) = EnvFilter::try_new(&filter) {
            env.fault(format!("SOUK_LOG cannot be read: {error}; write e.g. info,orders=debug"));
        }
        Self { filter, format: env.or("SOUK_LOG_FORMAT", LogFormat::Text) }
    }
}

/// The installed recorder; clones render the same metrics.
#[derive(Debug, Clone)]
pub struct Telemetry {
    prometheus: PrometheusHandle,
}

impl Telemetry {
    /// Installs the subscriber (to standard error) and the recorder; later calls in one process, as in tests
    /// that run several services, get the first one.
    pub fn install(config: &TelemetryConfig) -> Self {
        static INSTALLED: OnceLock<Telemetry> = OnceLock::new();
        INSTALLED.get_or_init(|| Self::install_once(config)).clone()
    }

    /// The metrics as Prometheus text.
    pub fn render_metrics(&self) -> String {
        self.prometheus.render()
    }

    fn install_once(config: &TelemetryConfig) -> Self {
        let filter = EnvFilter::try_new(&config.filter).unwrap_or_else(|_| EnvFilter::new("info"));
        let registry = tracing_subscriber::registry().with(filter);
        // An embedding test may have set a subscriber of its own; that one then stays.
        let _ = match config.format {
            LogFormat::Text => registry.with(fmt::layer().with_writer(std::io::stderr).with_ansi(false)).try_init(),
            LogFormat::Json => registry.with(fmt::layer().json().with_writer(std::io::stderr)).try_init(),
        };
        let recorder = PrometheusBuilder::new().build_recorder();
        let prometheus = recorder.handle();
        // The same holds for the recorder.
        let _ = metrics::set_global_recorder(recorder);
        Self { prometheus }
    }
}
