//! Programs that look for a way to anybody who listens.

use std::fs;
use std::io::Read;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;

use trail_workspace::Sandbox;
use trail_workspace::sandbox::{Bwrap, Kind};

use crate::common::{sandbox_settings, sandboxes};
use crate::{Lab, text};

/// What a program could say to listeners of this test.
const TALK: &str = r#"
use strict; use Socket;
my ($what, $port, $path) = @ARGV;
sub gone { print "refused: $what: $!\n"; exit 1 }
if ($what eq 'tcp') { socket(my $s, PF_INET, SOCK_STREAM, 0) or gone; connect($s, sockaddr_in($port, inet_aton('127.0.0.1'))) or gone; syswrite($s, "out") or gone }
if ($what eq 'tcp6') { socket(my $s, PF_INET6, SOCK_STREAM, 0) or gone; }
if ($what eq 'udp') { socket(my $s, PF_INET, SOCK_DGRAM, 0) or gone; send($s, "out", 0, sockaddr_in($port, inet_aton('127.0.0.1'))) or gone }
if ($what eq 'raw') { socket(my $s, PF_INET, SOCK_RAW, 1) or gone }
if ($what eq 'netlink') { socket(my $s, 16, SOCK_RAW, 0) or gone }
if ($what eq 'packet') { socket(my $s, 17, SOCK_RAW, 0) or gone }
if ($what eq 'unix') { socket(my $s, PF_UNIX, SOCK_STREAM, 0) or gone; connect($s, sockaddr_un($path)) or gone; syswrite($s, "out") or gone }
if ($what eq 'abstract') { socket(my $s, PF_UNIX, SOCK_STREAM, 0) or gone; connect($s, pack('S a*', AF_UNIX, "\0$path")) or gone; syswrite($s, "out") or gone }
if ($what eq 'bind') { socket(my $s, PF_INET, SOCK_STREAM, 0) or gone; bind($s, sockaddr_in(0, INADDR_ANY)) or gone }
if ($what eq 'pair') { socketpair(my $a, my $b, AF_UNIX, SOCK_DGRAM, 0) or gone; }
print "reached\n"; exit 0;
"#;

#[tokio::test]
async fn no_network_of_any_sort_can_be_reached() {
    let lab = Lab::new();
    fs::write(lab.path("trees/here/talk.pl"), TALK).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let path = lab.path("listening.sock");
    let unix = UnixListener::bind(&path).unwrap();
    let hidden = format!("trail-test-{}", std::process::id());
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&hidden).unwrap();
    let abstracted = UnixListener::bind_addr(&address).unwrap();
    tcp.set_nonblocking(true).unwrap();
    udp.set_nonblocking(true).unwrap();
    unix.set_nonblocking(true).unwrap();
    abstracted.set_nonblocking(true).unwrap();
    let (tcp_port, udp_port) = (
        tcp.local_addr().unwrap().port(),
        udp.local_addr().unwrap().port(),
    );
    let attempts = [
        format!("tcp {tcp_port} x"),
        "tcp6 1 x".into(),
        format!("udp {udp_port} x"),
        "raw 1 x".into(),
        "netlink 1 x".into(),
        "packet 1 x".into(),
        format!("unix 1 {}", path.display()),
        format!("abstract 1 {hidden}"),
        "bind 1 x".into(),
        "pair 1 x".into(),
    ];
    for sandbox in sandboxes().await {
        for attempt in &attempts {
            let ran = lab.sh(&sandbox, &format!("perl talk.pl {attempt}")).await;
            let said = text(&ran);
            assert!(
                said.starts_with("refused"),
                "{:?}: {attempt}: {said}",
                sandbox.kind()
            );
        }
    }
    assert!(tcp.accept().is_err() && unix.accept().is_err() && abstracted.accept().is_err());
    assert!(udp.recv(&mut [0; 8]).is_err());
    // The listeners are real: without a sandbox they are reached.
    let reached = std::process::Command::new("perl")
        .arg(lab.path("trees/here/talk.pl"))
        .args(["tcp", &tcp_port.to_string(), "x"])
        .output()
        .unwrap();
    assert!(reached.status.success());
    tcp.set_nonblocking(false).unwrap();
    let mut said = String::new();
    tcp.accept().unwrap().0.read_to_string(&mut said).unwrap();
    assert_eq!(said, "out");
}

#[tokio::test]
async fn with_bubblewrap_programs_may_talk_to_themselves_if_allowed_but_not_to_the_host() {
    let mut settings = sandbox_settings(Bwrap::Auto);
    settings.loopback = true;
    let sandbox = Sandbox::open(settings).await.unwrap();
    if sandbox.kind() != Kind::Bwrap {
        assert!(std::env::var_os("TRAIL_REQUIRE_FOREIGN").is_none());
        eprintln!("SKIPPED: loopback within bubblewrap, which is not usable here");
        return;
    }
    let lab = Lab::new();
    fs::write(lab.path("trees/here/talk.pl"), TALK).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    let ran = lab
        .sh(&sandbox, &format!("perl talk.pl tcp {port} x"))
        .await;
    assert!(text(&ran).starts_with("refused"), "{}", text(&ran));
    let own = r#"perl -MIO::Socket::INET -e 'my $l = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die "listen: $!"; my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $l->sockport) or die "connect: $!"; print "met\n"'"#;
    let ran = lab.sh(&sandbox, own).await;
    assert_eq!(text(&ran), "met\n");
}
