//! Split messages: asked for, given up, and carried over a restart.

use super::{Config, Entry, Server, within};

#[tokio::test]
async fn missing_parts_are_asked_for_and_given_up_while_nobody_says_anything() {
    let server = Server::start(Config::default()).await;
    let mut device = server.log_in(15).await;
    device.says("#C7:3:1\n").await;
    device.hears("ack 1\nagain 7\n").await;
    // Given up a moment later; the next item of anybody tells the journal.
    while !server.journal.parts().await.unwrap().is_empty() {
        device.says("#P100\n").await;
        device.hears("ack 100\n").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_starts_again_goes_on_with_the_parts_of_the_last() {
    let server = Server::start(Config::default()).await;
    let mut device = server.log_in(15).await;
    device.says("#C7:3:1\n#C7:3:3\n").await;
    device.hears("ack 1\nack 3\n").await;
    let (folder, journal) = (server.folder, server.journal.clone());
    server.stop.send_replace(true);
    within(server.running).await.unwrap();
    let numbers: Vec<u16> = journal.parts().await.unwrap().iter().map(|part| part.number).collect();
    assert_eq!(numbers, [1, 3]);

    let server = Server::start_on(folder, journal, Config::default()).await;
    let mut device = server.log_in(15).await;
    device.says("#C7:3:2\n").await;
    device.hears("ack 2\n").await;
    assert!(server.journal.parts().await.unwrap().is_empty());
    let (entries, _) = server.stop().await;
    let whole = |entry: &Entry| format!("{:?}", entry.input).contains("whole 3");
    assert_eq!(entries.iter().filter(|entry| whole(entry)).count(), 1);
}
