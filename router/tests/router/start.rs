//! What keeps a router from starting is one clear sentence.

use router::{Config, Flags};
use souk_process::{
    Env, Shutdown,
    telemetry::{LogFormat, Telemetry, TelemetryConfig},
};
use tempfile::TempDir;

async fn failure(variables: &[(&str, String)], flags: &Flags) -> String {
    let all = variables.iter().map(|(name, value)| (*name, value.clone()));
    let free = [("SOUK_LISTEN", "127.0.0.1:0".to_owned()), ("SOUK_ADMIN_LISTEN", "127.0.0.1:0".to_owned())];
    let mut env = Env::from_pairs(free.into_iter().chain(all));
    let config = match Config::read_with(&mut env, flags) {
        Ok(config) => config,
        Err(faults) => return faults.to_string(),
    };
    let telemetry = Telemetry::install(&TelemetryConfig { filter: "warn".to_owned(), format: LogFormat::Text });
    router::run(config, telemetry, Shutdown::new()).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_start_that_fails_says_what_and_where() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let flags = |path: std::path::PathBuf| Flags { subgraphs: Some(path), ..Flags::default() };
    let missing = failure(&[], &flags(folder.path().join("none.yaml"))).await;
    assert!(missing.contains("none.yaml cannot be read"), "{missing}");
    let nonsense = failure(&[], &flags(file("a.yaml", "x: 1"))).await;
    assert!(nonsense.contains("is not a list of subgraphs"), "{nonsense}");
    let no_schema = failure(&[], &flags(file("b.yaml", "subgraphs: [{name: a, url: 'http://x/'}]"))).await;
    assert!(no_schema.contains("subgraph a needs one of sdl"), "{no_schema}");
    let broken = "subgraphs: [{name: a, url: 'http://x/', sdl: 'type Query { a: Nope }'}]";
    let broken = failure(&[], &flags(file("c.yaml", broken))).await;
    assert!(broken.contains("do not compose") && broken.contains("Nope"), "{broken}");
    let good = file("d.yaml", "subgraphs: [{name: a, url: 'http://x/', sdl: 'type Query { a: Int }'}]");
    let bundle = failure(&[("SOUK_TRUST_BUNDLE", "/nonexistent/trust.json".to_owned())], &flags(good.clone())).await;
    assert!(bundle.contains("trust bundle /nonexistent/trust.json cannot be read"), "{bundle}");
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = failure(&[("SOUK_LISTEN", held.local_addr().unwrap().to_string())], &flags(good)).await;
    assert!(port.contains("the port is in use"), "{port}");
    let supergraph = Flags { supergraph: Some(file("s.graphql", "type Query { a: Int }")), ..Flags::default() };
    let supergraph = failure(&[], &supergraph).await;
    assert!(supergraph.contains("is not a supergraph"), "{supergraph}");
}
