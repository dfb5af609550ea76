//! Calls to other services when they are away, slow, or half there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use discovery_client::Discovery;
use souk_contracts::identity::Signer;
use souk_subgraph::clients::{ClientError, Operation, ServiceClient};
use souk_testing::Identity;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use url::Url;

struct Hold;

#[derive(serde::Deserialize, Debug)]
struct Held {
    held: bool,
}

impl Operation for Hold {
    const SERVICE: &'static str = "inventory";
    const NAME: &'static str = "Hold";
    const DOCUMENT: &'static str = "mutation Hold { held }";
    type Variables = ();
    type Data = Held;
}

fn client(instances: &[&Url]) -> ServiceClient {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::create(folder.path());
    let signer = Signer::from_key_file(&std::fs::read_to_string(identity.key_file("orders")).unwrap()).unwrap();
    let discovery = Discovery::fixed(instances.iter().map(|url| ("INVENTORY", (*url).clone())));
    let _ = rustls::crypto::ring::default_provider().install_default();
    ServiceClient::new("orders", discovery, Arc::new(signer), Duration::from_secs(2)).unwrap()
}

/// A server that says the same to everybody, and counts to how many. An empty answer hangs up.
async fn server(answer: &'static str) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 16_384];
            let read = stream.read(&mut request).await.unwrap_or(0);
            counted.fetch_add(usize::from(read > 0), Ordering::SeqCst);
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, asked)
}

/// An address where nobody listens.
async fn nobody() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap()).parse().unwrap()
}

macro_rules! http {
    ($status:literal, $body:literal) => {
        concat!("HTTP/1.1 ", $status, "\r\nconnection: close\r\ncontent-type: application/json\r\n\r\n", $body)
    };
}

#[tokio::test]
async fn an_instance_that_is_not_there_is_passed_over_for_another() {
    let (alive, asked) = server(http!("200 OK", r#"{"data":{"held":true}}"#)).await;
    let dead = nobody().await;
    let client = client(&[&dead, &alive]);
    for _ in 0..20 {
        assert!(client.call::<Hold>(&()).await.unwrap().held);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 20);
}

#[tokio::test]
async fn what_may_have_been_seen_is_not_sent_again() {
    let (first, asked_first) = server("").await;
    let (second, asked_second) = server("").await;
    let client = client(&[&first, &second]);
    let error = client.call::<Hold>(&()).await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    assert_eq!(asked_first.load(Ordering::SeqCst) + asked_second.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_is_no_answer_of_the_service_is_unreachable_and_what_is_one_is_told() {
    for answer in [
        http!("503 Service Unavailable", "<html>no upstream</html>"),
        http!("502 Bad Gateway", ""),
        http!("200 OK", r#"{"errors":[{"message":"no database","extensions":{"code":"UNAVAILABLE"}}]}"#),
        http!("200 OK", r#"{"errors":[{"message":"slow down","extensions":{"code":"RATE_LIMITED"}}]}"#),
    ] {
        let (url, _) = server(answer).await;
        let error = client(&[&url]).call::<Hold>(&()).await.unwrap_err();
        assert!(matches!(error, ClientError::Unreachable { .. }), "{answer}: {error}");
    }
    let (url, _) =
        server(http!("200 OK", r#"{"data":null,"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}"#)).await;
    let error = client(&[&url]).call::<Hold>(&()).await.unwrap_err();
    assert!(matches!(&error, ClientError::Refused { code, .. } if code == "FORBIDDEN"), "{error}");
    for answer in [http!("200 OK", "{}"), http!("200 OK", "x"), http!("200 OK", r#"{"data":{"held":"yes"}}"#)] {
        let (url, _) = server(answer).await;
        let error = client(&[&url]).call::<Hold>(&()).await.unwrap_err();
        assert!(matches!(error, ClientError::Malformed { .. }), "{answer}: {error}");
    }
    let (elsewhere, asked) = server(http!("200 OK", r#"{"data":{"held":true}}"#)).await;
    let moved = format!("HTTP/1.1 307 Moved\r\nlocation: {elsewhere}graphql\r\nconnection: close\r\n\r\n").leak();
    let (url, _) = server(moved).await;
    client(&[&url]).call::<Hold>(&()).await.unwrap_err();
    assert_eq!(asked.load(Ordering::SeqCst), 0, "no token follows a redirect");
}

#[tokio::test]
async fn nobody_known_is_unreachable() {
    let error = client(&[]).call::<Hold>(&()).await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
}
