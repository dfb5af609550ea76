//! Binding a listener, with an error that says what to do.

use std::{io, net::SocketAddr};

use tokio::net::TcpListener;

#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "{what} cannot listen on {address}: the port is in use; stop the process that holds it or choose another port"
    )]
    InUse { what: String, address: SocketAddr },
    #[error("{what} cannot listen on {address}: {source}")]
    Other { what: String, address: SocketAddr, source: io::Error },
}

/// Binds `address` (port 0 takes a free one) for `what`, e.g. "router".
///
/// # Errors
/// [`ListenError`] naming the part and the address.
pub async fn bind(what: &str, address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ListenError::InUse { what: what.to_owned(), address },
        _ => ListenError::Other { what: what.to_owned(), address, source },
    })
}
