//! Where the parts listen that must be known before they run: discovery, router, provider and the servers.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use anyhow::bail;
use rand::Rng as _;

/// Addresses of this start, all on the loopback interface.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    pub discovery: SocketAddr,
    pub router: SocketAddr,
    pub admin: SocketAddr,
    pub provider: SocketAddr,
    pub mysql: SocketAddr,
    pub kafka: SocketAddr,
    pub kafka_controller: SocketAddr,
}

/// `--ports`: the well-known ones, or any that are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PortChoice {
    /// Discovery 8761, router 4000 and 4001.
    Fixed,
    /// Any free ones, so that many shops run side by side.
    Auto,
}

impl Ports {
    /// # Errors
    /// When a well-known port is in use; nothing was started then.
    pub fn choose(choice: PortChoice) -> anyhow::Result<Self> {
        let mut taken = Vec::new();
        let [discovery, router, admin] = match choice {
            PortChoice::Fixed => {
                let wanted = [("discovery", 8761), ("router", 4000), ("the router's admin listener", 4001)];
                check_free(&wanted)?;
                wanted.map(|(_, port)| loopback(port))
            }
            PortChoice::Auto => [free(&mut taken)?, free(&mut taken)?, free(&mut taken)?],
        };
        Ok(Self {
            discovery,
            router,
            admin,
            provider: free(&mut taken)?,
            mysql: free(&mut taken)?,
            kafka: free(&mut taken)?,
            kafka_controller: free(&mut taken)?,
        })
    }
}

/// # Errors
/// Names every port of `wanted` that is in use.
pub fn check_free(wanted: &[(&str, u16)]) -> anyhow::Result<()> {
    let used: Vec<String> = wanted
        .iter()
        .filter(|(_, port)| matches!(bind(*port), Err(error) if error.kind() == io::ErrorKind::AddrInUse))
        .map(|(part, port)| format!("port {port} ({part})"))
        .collect();
    if used.is_empty() {
        return Ok(());
    }
    let verb = if used.len() == 1 { "is" } else { "are" };
    bail!("{} {verb} in use: stop what listens there, or run `souk up --ports auto`", used.join(", "))
}

/// A free port below the range from which the kernel takes ports for outgoing connections: one of those
/// could be taken between this check and the bind.
fn free(taken: &mut Vec<u16>) -> anyhow::Result<SocketAddr> {
    let mut random = rand::rng();
    for _ in 0..1_000 {
        let port = random.random_range(12_000..32_000);
        if !taken.contains(&port) && bind(port).is_ok() {
            taken.push(port);
            return Ok(loopback(port));
        }
    }
    bail!("no free port was found between 12000 and 32000")
}

fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(loopback(port))
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_named_with_what_to_do() {
        let held = bind(0).unwrap();
        let port = held.local_addr().unwrap().port();
        let told = check_free(&[("router", port)]).unwrap_err().to_string();
        assert_eq!(
            told,
            format!("port {port} (router) is in use: stop what listens there, or run `souk up --ports auto`")
        );
    }

    #[test]
    fn automatic_ports_differ() {
        let ports = Ports::choose(PortChoice::Auto).unwrap();
        let mut all = [ports.discovery, ports.router, ports.admin, ports.provider, ports.mysql, ports.kafka];
        all.sort();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
