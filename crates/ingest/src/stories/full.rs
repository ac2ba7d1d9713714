//! A journal without room: what waits for it, and what a peer says meanwhile.

use super::*;

impl Server {
    /// Fills the journal's disk by terminal 16, whose last report has no answer.
    async fn filled(&self) -> Device {
        let mut filler = self.log_in(16).await;
        let large = format!("#U{}\n", "0".repeat(1900));
        let mut health = self.journal.health_changes();
        let mut full = std::pin::pin!(health.wait_for(|health| *health == Health::DiskFull));
        loop {
            filler.says(&large).await;
            tokio::select! {
                reached = full.as_mut() => break drop(reached),
                () = filler.hears("general\n") => {}
            }
        }
        filler
    }

    /// Makes room again.
    async fn emptied(&self) {
        let everything = self.journal.head().await.unwrap();
        self.journal.trim(everything, Timestamp::from_ms(i64::MAX)).await.unwrap();
    }

    async fn reaches(&self, is_reached: impl Fn(&Totals) -> bool) {
        while !is_reached(&self.counters.totals()) {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_full_disk_stops_the_reading_acknowledges_nothing_and_loses_nothing() {
    let small = journal::Config { size_max_bytes: 1 << 20, size_alarm_bytes: 1 << 20, ..Default::default() };
    let server = Server::start_with(Config { frames_in_flight_max: 8, ..Config::default() }, small).await;
    let device = server.log_in(15).await;
    let filler = server.filled().await;
    let before = server.counters.totals();

    let reports: Vec<String> = (1000..1200).map(|n| format!("#P{n:01900}\n")).collect();
    let acks: Vec<String> = (1000..1200).map(|n| format!("ack {n}\n")).collect();
    let (mut incoming, mut outgoing) = device.0.into_split();
    let sending = tokio::spawn(async move {
        outgoing.write_all(reports.concat().as_bytes()).await.unwrap();
        outgoing
    });
    // Not to be read is the only thing that happens to a device: others come in, and the time is not covered.
    for terminal in 20..40 {
        server.log_in(terminal).await;
    }
    within(async {
        while server.counters.take_listening() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let full = server.counters.totals();
    assert_eq!((full.journalled, full.acks), (before.journalled, before.acks));
    // 8 in flight and one read that brings a few more, for the device and for the filler, and 20 logins.
    assert!(full.in_flight <= 2 * (8 + 4) + 20, "{full:?}");
    assert!(matches!(incoming.try_read(&mut [0; 8]), Err(error) if error.kind() == ErrorKind::WouldBlock));

    server.emptied().await;
    let mut heard = vec![0; acks.concat().len()];
    within(incoming.read_exact(&mut heard)).await.unwrap();
    assert_eq!(String::from_utf8(heard).unwrap(), acks.concat());
    drop((incoming, within(sending).await.unwrap(), filler));
    let (entries, _) = server.stop().await;
    assert_eq!(serials(&entries, "15"), (1000..1200).collect::<Vec<u16>>());
}

#[tokio::test]
async fn what_a_peer_said_before_it_was_gone_is_kept_though_no_answer_reaches_it() {
    let small = journal::Config { size_max_bytes: 1 << 20, size_alarm_bytes: 1 << 20, ..Default::default() };
    let server = Server::start_with(Config { frames_in_flight_max: 1, ..Config::default() }, small).await;
    let mut device = server.log_in(15).await;
    let _filler = server.filled().await;
    let before = server.counters.totals().in_flight;
    // Or they would wait for the kernel's word that the first has come, and go with the reset.
    device.0.set_nodelay(true).unwrap();
    // The first is on its way into the journal, so that those behind it are not read yet.
    device.says("#P1000\n").await;
    within(server.reaches(|totals| totals.in_flight > before)).await;
    device.says("#P1001\n#P1002\n").await;
    device.0.set_zero_linger().unwrap();
    drop(device);
    server.emptied().await;
    within(server.reaches(|totals| totals.connections == 1)).await;
    let (entries, _) = server.stop().await;
    assert_eq!(serials(&entries, "15"), [1000, 1001, 1002]);
    assert!(ends(&entries).contains(&SessionEndReason::Failed));
}
