//! Where the Wyoming port is, told to the network over Zeroconf (multicast DNS), so that Home Assistant finds it.
//!
//! It must not know what is spoken there.

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

use crate::{
    app::{App, Phase},
    error::ServerError,
    random,
};

/// What Wyoming's servers are called, as Home Assistant looks for them.
const SERVICE_TYPE: &str = "_wyoming._tcp.local.";
/// Where multicast DNS is spoken.
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
/// Longest name: a part of a DNS name has at most 63 bytes, and one that is taken gets ` (2)` or more behind it.
pub(crate) const MAX_NAME_BYTES: usize = 58;
/// What a name is called without the machine's.
const PROGRAM: &str = "Pocket TTS";

/// How long it may take until the network hears of the service. Asking whether its name is free takes a second, and
/// as long for each one that isn't.
const PATIENCE: Duration = Duration::from_secs(10);
/// RFC 6762 has a new service told of twice. The library leaves that out for names with capital letters.
const REPEAT_PAUSE: Duration = Duration::from_millis(1_500);
/// The library says goodbye a second time after 120 ms.
const GOODBYE: Duration = Duration::from_millis(200);
/// How long the library may take to answer.
const ANSWER_PATIENCE: Duration = Duration::from_secs(1);

/// What the network is told.
#[derive(Debug)]
pub(crate) struct Advertisement {
    name: String,
    /// The name that the addresses have. Nobody else has it, so that withdrawing it takes nothing from others.
    host: String,
    port: u16,
    reach: Reach,
}

/// Which of the machine's addresses are told: those that are listened on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Reach {
    all_v4: bool,
    all_v6: bool,
    addresses: Vec<IpAddr>,
    loopback: bool,
}

impl Advertisement {
    /// What to tell of these sockets under this name, addresses that only this machine reaches left out unless asked
    /// for.
    ///
    /// # Errors
    ///
    /// If no other machine reaches any of them.
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
        let properties = [("program", "pocket-tts"), ("version", env!("CARGO_PKG_VERSION"))];
        // Its addresses are those of the interfaces, and follow them.
        let service = ServiceInfo::new(SERVICE_TYPE, &self.name, &self.host, (), self.port, &properties[..])?;
        Ok(service.enable_addr_auto())
    }

    /// Starts to tell of it, and to look for it as others would.
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

    /// Logs that it is found under this full name, which differs if another server has the wanted one.
    fn tell_found(&self, full_name: &str) {
        let name = full_name.strip_suffix(SERVICE_TYPE).and_then(|name| name.strip_suffix('.'));
        let name = name.unwrap_or(full_name);
        if name != self.name {
            tracing::warn!(
                wanted = self.name,
                name,
                "another server has the name; give each its own with --wyoming-zeroconf NAME"
            );
        }
        tracing::info!(name, port = self.port, "Home Assistant finds the Wyoming port over Zeroconf");
    }
}

impl Reach {
    /// Adds what a socket of this address is reached at, which with IPv6 may be all of both families.
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

/// Tells of it from when the server is ready until it leaves, and then withdraws it.
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

/// Says whether the network hears of it, which it may do later: cables are plugged in, networks joined.
async fn watch(app: &App, daemon: &ServiceDaemon, seen: &Receiver<ServiceEvent>, wanted: &Advertisement) {
    let mut search = Box::pin(find(seen, &wanted.host));
    let found = if let Ok(found) = timeout(PATIENCE, &mut search).await {
        found
    } else {
        // The library doesn't say what it can't have.
        let problem = try_multicast().map_or_else(
            |error| format!("UDP port {MDNS_PORT} or its group can't be had: {error}"),
            |()| "nothing is heard of it".to_owned(),
        );
        warn_of(&problem);
        search.await
    };
    if let Some(found) = found {
        app.metrics.wyoming_advertised.set(1);
        wanted.tell_found(found.get_fullname());
        // It was only to be known that it can be found.
        drop(daemon.stop_browse(SERVICE_TYPE));
        sleep(REPEAT_PAUSE).await;
        drop(wanted.service().and_then(|service| daemon.register(service)));
        // These have an end only if the library's thread has.
        if let Ok(events) = daemon.monitor() {
            while events.recv_async().await.is_ok() {}
        }
        app.metrics.wyoming_advertised.set(0);
    }
    warn_of("the thread that tells of it ended");
    pending::<()>().await;
}

/// The service of this host as the network sees it, or nothing if the library's thread ended.
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
        "the Wyoming port is not found over Zeroconf: let multicast DNS (UDP port {MDNS_PORT}, group {GROUP}) through \
         the firewall, end a program that keeps that port to itself, give a container the host's network, or add the \
         integration in Home Assistant by address and port"
    );
}

/// Opens a socket as the library does.
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
        drop(timeout(ANSWER_PATIENCE, answer.recv_async()).await);
        sleep(GOODBYE).await;
    }
    if let Ok(answer) = daemon.shutdown() {
        drop(timeout(ANSWER_PATIENCE, answer.recv_async()).await);
    }
}

/// What is wrong with a name, if anything is.
pub(crate) fn problem_of_name(name: &str) -> Option<String> {
    let is_plain = !name.chars().any(|character| character.is_control() || matches!(character, '.' | '\\'));
    (!is_plain || name.is_empty() || name.len() > MAX_NAME_BYTES).then(|| {
        format!(
            "it must be a name of 1 to {MAX_NAME_BYTES} bytes without `.`, `\\` and control characters, or true for \
             one that is made of this machine's name, or false"
        )
    })
}

/// A name with this machine's in it, so that servers on two machines have two names.
pub(crate) fn default_name() -> String {
    name_on(&gethostname::gethostname().to_string_lossy())
}

fn name_on(machine: &str) -> String {
    let machine = machine.split('.').next().unwrap_or_default();
    let mut name = format!("{PROGRAM} on ");
    for character in machine.chars().filter(|character| !character.is_control() && *character != '\\') {
        if name.len() + character.len_utf8() <= MAX_NAME_BYTES {
            name.push(character);
        }
    }
    if machine.is_empty() || machine == "localhost" { PROGRAM.to_owned() } else { name }
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
    fn the_addresses_are_those_that_are_listened_on() {
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
    fn what_only_this_machine_reaches_is_refused() {
        let listeners = [TcpListener::bind("127.0.0.1:0").unwrap()];
        let message = Advertisement::new("name", &listeners, false).unwrap_err().to_string();
        let address = listeners[0].local_addr().unwrap().to_string();
        assert!(message.contains(&address) && message.contains("0.0.0.0:10200"), "{message}");
    }

    #[test]
    fn a_name_is_made_of_the_machine_s_and_always_allowed() {
        assert_eq!(name_on("kitchen.example.org"), "Pocket TTS on kitchen");
        assert_eq!((name_on(""), name_on("localhost.localdomain")), (PROGRAM.to_owned(), PROGRAM.to_owned()));
        for machine in ["a\\b\n", &"long".repeat(30), &"ä".repeat(60), "Küche"] {
            assert_eq!(problem_of_name(&name_on(machine)), None, "{machine}");
        }
        assert_eq!(problem_of_name(&default_name()), None);
        assert_eq!(problem_of_name("Küche (oben)"), None);
        for wrong in ["", "a.b", "a\\b", "a\nb", &"n".repeat(59)] {
            assert!(problem_of_name(wrong).unwrap().contains("1 to 58 bytes"), "{wrong}");
        }
    }
}
