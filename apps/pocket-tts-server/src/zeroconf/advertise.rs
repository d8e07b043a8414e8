//! Advertises the Wyoming port over Zeroconf (multicast DNS), so that Home Assistant finds it.
//!
//! It must not know what is served there.

use std::{
    future::pending,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use mdns_sd::{
    IfKind, IfPredicate, MDNS_PORT, Receiver, ResolvedService, ServiceDaemon, ServiceEvent, ServiceInfo,
};
use socket2::{Domain, SockRef, Socket, Type};
use tokio::time::{sleep, timeout};

use crate::{app::App, error::ServerError, names::VERSION, phase::Phase, random};

/// The service type that Home Assistant browses for.
const SERVICE_TYPE: &str = "_wyoming._tcp.local.";
/// The multicast group of multicast DNS.
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
/// How long it may take until the service is visible. Probing for each name takes a second.
const VISIBLE_TIMEOUT: Duration = Duration::from_secs(10);
/// RFC 6762 requires two announcements. The library omits the second one for names with capital letters.
const REPEAT_PAUSE: Duration = Duration::from_millis(1_500);
/// The library repeats its goodbye packet after 120 ms.
const GOODBYE: Duration = Duration::from_millis(200);
/// How long the library may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// The advertised service.
#[derive(Debug)]
pub(crate) struct Advertisement {
    name: String,
    /// The host name of the addresses. It is unique, so that withdrawing it affects no other program.
    host: String,
    port: u16,
    reach: Reach,
}

/// The machine's addresses that are advertised: the ones that the server listens on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Reach {
    all_v4: bool,
    all_v6: bool,
    addresses: Vec<IpAddr>,
    loopback: bool,
}

impl Advertisement {
    /// Advertises these sockets under this name. Addresses that only this machine can reach are left out, unless
    /// `loopback` is set.
    ///
    /// # Errors
    ///
    /// If no other machine can reach any of them.
    pub(crate) fn new(name: &str, listeners: &[TcpListener], loopback: bool) -> Result<Self, ServerError> {
        let mut reach = Reach { loopback, ..Reach::default() };
        let addresses: io::Result<Vec<SocketAddr>> = listeners.iter().map(TcpListener::local_addr).collect();
        let addresses = addresses.map_err(ServerError::System)?;
        for (listener, address) in listeners.iter().zip(&addresses) {
            let only_v6 =
                address.is_ipv6() && SockRef::from(listener).only_v6().map_err(ServerError::System)?;
            reach.add(address.ip(), only_v6);
        }
        // All sockets of one host share the port.
        let port = addresses.first().map_or(0, SocketAddr::port);
        if reach == (Reach { loopback, ..Reach::default() }) {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            return Err(ServerError::Unreachable(addresses.join(" or ")));
        }
        let host = format!("pocket-tts-{}.local.", random::id());
        Ok(Self { name: name.to_owned(), host, port, reach })
    }

    fn service(&self) -> mdns_sd::Result<ServiceInfo> {
        let properties = [("program", "pocket-tts"), ("version", VERSION)];
        // Its addresses are the ones of the network interfaces, and change with them.
        let service = ServiceInfo::new(SERVICE_TYPE, &self.name, &self.host, (), self.port, &properties[..])?;
        Ok(service.enable_addr_auto())
    }

    /// Starts to advertise the service, and to browse for it as clients do.
    fn publish(&self) -> mdns_sd::Result<(ServiceDaemon, Receiver<ServiceEvent>)> {
        let daemon = ServiceDaemon::new()?;
        let reach = self.reach.clone();
        let is_other = IfPredicate::new(move |interface| !reach.covers(interface.ip()));
        daemon.disable_interface(IfKind::Predicate(is_other))?;
        daemon.register(self.service()?)?;
        let seen = daemon.browse(SERVICE_TYPE)?;
        Ok((daemon, seen))
    }

    fn full_name(&self) -> String {
        format!("{}.{SERVICE_TYPE}", self.name)
    }

    /// Logs the full name under which it is visible, which differs if another server has the wanted name.
    fn tell_found(&self, full_name: &str) {
        let name = full_name.strip_suffix(SERVICE_TYPE).and_then(|name| name.strip_suffix('.'));
        let name = name.unwrap_or(full_name);
        if name != self.name {
            tracing::warn!(
                wanted = self.name,
                name,
                "another server has the name; give each server its own with --wyoming-zeroconf NAME"
            );
        }
        tracing::info!(name, port = self.port, "the Wyoming port is advertised over Zeroconf");
    }
}

impl Reach {
    /// Adds the addresses of a socket. An unspecified IPv6 address may include IPv4.
    fn add(&mut self, ip: IpAddr, only_v6: bool) {
        match ip.to_canonical() {
            ip if ip.is_unspecified() => {
                self.all_v6 |= ip.is_ipv6();
                self.all_v4 |= !only_v6;
            }
            ip if self.loopback || !ip.is_loopback() => self.addresses.push(ip),
            _ => {}
        }
    }

    fn covers(&self, ip: IpAddr) -> bool {
        let is_any = if ip.is_ipv4() { self.all_v4 } else { self.all_v6 };
        (self.loopback || !ip.is_loopback()) && (is_any || self.addresses.contains(&ip))
    }
}

/// Advertises the service while the server is ready, and then withdraws it.
pub(crate) async fn advertise(app: Arc<App>, advertisement: Option<Advertisement>) {
    let Some(advertisement) = advertisement else { return };
    app.phase.reached(Phase::Ready).await;
    if app.phase.get() != Phase::Ready {
        return;
    }
    let (daemon, seen) = match advertisement.publish() {
        Ok(published) => published,
        Err(error) => return warn_of(&error.to_string()),
    };
    tokio::select! {
        () = app.phase.reached(Phase::Leaving) => {}
        () = watch(&app, &daemon, &seen, &advertisement) => {}
    }
    app.metrics.wyoming_advertised.set(0);
    withdraw(&daemon, &advertisement).await;
}

/// Logs whether the service is visible, which may change later: cables are plugged in, networks joined.
async fn watch(app: &App, daemon: &ServiceDaemon, seen: &Receiver<ServiceEvent>, wanted: &Advertisement) {
    let mut search = Box::pin(find(seen, &wanted.host));
    let found = if let Ok(found) = timeout(VISIBLE_TIMEOUT, &mut search).await {
        found
    } else {
        // The library does not report which socket it cannot open.
        let problem = try_multicast().map_or_else(
            |error| format!("cannot use UDP port {MDNS_PORT} or its multicast group: {error}"),
            |()| "the service is not visible".to_owned(),
        );
        warn_of(&problem);
        search.await
    };
    if let Some(found) = found {
        app.metrics.wyoming_advertised.set(1);
        wanted.tell_found(found.get_fullname());
        // Browsing was only for this check.
        drop(daemon.stop_browse(SERVICE_TYPE));
        sleep(REPEAT_PAUSE).await;
        drop(wanted.service().and_then(|service| daemon.register(service)));
        // The events end only with the library's thread.
        if let Ok(events) = daemon.monitor() {
            while events.recv_async().await.is_ok() {}
        }
        app.metrics.wyoming_advertised.set(0);
    }
    warn_of("the thread that advertises it ended");
    pending::<()>().await;
}

/// The service of this host as the network sees it, or `None` if the library's thread ended.
async fn find(seen: &Receiver<ServiceEvent>, host: &str) -> Option<Box<ResolvedService>> {
    loop {
        match seen.recv_async().await.ok()? {
            ServiceEvent::ServiceResolved(service) if service.get_hostname() == host => return Some(service),
            _ => {}
        }
    }
}

fn warn_of(problem: &str) {
    tracing::warn!(
        problem,
        "the Wyoming port is not visible over Zeroconf; allow multicast DNS (UDP port {MDNS_PORT}, group {GROUP}) in the \
         firewall, stop a program that uses that port exclusively, give a container the host's network, or add the \
         integration in Home Assistant by address and port"
    );
}

/// Opens a socket in the same way as the library.
fn try_multicast() -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, MDNS_PORT)).into())?;
    socket.join_multicast_v4(&GROUP, &Ipv4Addr::UNSPECIFIED)
}

async fn withdraw(daemon: &ServiceDaemon, advertisement: &Advertisement) {
    if let Ok(answer) = daemon.unregister(&advertisement.full_name()) {
        drop(timeout(ANSWER_TIMEOUT, answer.recv_async()).await);
        sleep(GOODBYE).await;
    }
    if let Ok(answer) = daemon.shutdown() {
        drop(timeout(ANSWER_TIMEOUT, answer.recv_async()).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(sockets: &[(&str, bool)]) -> Reach {
        let mut reach = Reach::default();
        for (ip, only_v6) in sockets {
            reach.add(ip.parse().unwrap(), *only_v6);
        }
        reach
    }

    #[test]
    fn the_addresses_are_the_ones_of_the_sockets() {
        for (sockets, covered) in [
            (&[("0.0.0.0", false)][..], [true, true, false, false]),
            (&[("::", true)], [false, false, true, false]),
            (&[("::", false)], [true, true, true, false]),
            (&[("192.0.2.7", false)], [true, false, false, false]),
            (&[("::ffff:192.0.2.7", false), ("::1", true)], [true, false, false, false]),
            (
                &[("127.0.0.1", false), ("192.0.2.8", false), ("2001:db8::7", true)],
                [false, true, true, false],
            ),
        ] {
            let reach = reach(sockets);
            let ips = ["192.0.2.7", "192.0.2.8", "2001:db8::7", "127.0.0.1"];
            assert_eq!(ips.map(|ip| reach.covers(ip.parse().unwrap())), covered, "{sockets:?}");
        }
    }

    #[test]
    fn sockets_that_only_this_machine_reaches_are_rejected() {
        let listeners = [TcpListener::bind("127.0.0.1:0").unwrap()];
        let message = Advertisement::new("name", &listeners, false).unwrap_err().to_string();
        let address = listeners[0].local_addr().unwrap().to_string();
        assert!(message.contains(&address) && message.contains("0.0.0.0:10200"), "{message}");
    }
}
