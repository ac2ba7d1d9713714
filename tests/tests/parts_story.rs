//! A split message of a JT/T 808 tracker, whose connection is cut and whose server is killed in the middle of it.
//!
//! Shape: the tracker's own backlog, cut into packets by hand as SPEC.md §2.1 says. Waits poll until a deadline.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use model::{Position, Timestamp};
use serde_json::Value;
use stories::collection::Collection;
use stories::device::{Device, now, position};
use stories::packets::{sealed, split};
use stories::server::{ALONE, ANSWER_MAX, Site, until};

const TERMINAL: &str = "10000000061";
/// A tracker that sends the same without splitting it.
const TWIN: &str = "10000000062";
const FIRST_SERIAL: u16 = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_split_backlog_survives_a_cut_and_a_kill_and_is_stored_once_as_if_it_were_whole() {
    let _alone = ALONE.lock().await;
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    for terminal in [TERMINAL, TWIN] {
        site.done(&["devices", "approve", terminal]).unwrap();
    }
    let kept = backlog(now().plus(-3_600_000));
    let mut device = Device::login(&server, "jt808", TERMINAL).unwrap();
    let packets = split(&device.batch(&kept).unwrap().bytes, FIRST_SERIAL, 3).unwrap();
    for (serial, packet) in (FIRST_SERIAL..).zip(&packets[..2]) {
        device.wire().send(packet).unwrap();
        device.acknowledged(serial).unwrap();
    }
    drop(device);
    server.kill_9().unwrap();

    let server = site.serve().unwrap();
    let mut device = Device::login(&server, "jt808", TERMINAL).unwrap();
    device.wire().send(&packets[2]).unwrap();
    device.acknowledged(FIRST_SERIAL + 2).unwrap();
    let rows = positions(&site, TERMINAL, kept.len());

    let mut twin = Device::login(&server, "jt808", TWIN).unwrap();
    let whole = twin.batch(&kept).unwrap();
    twin.wire().send(&whole.bytes).unwrap();
    twin.acknowledged(whole.serial).unwrap();
    let unsplit = positions(&site, TWIN, kept.len());
    for ((split, unsplit), sent) in rows.iter().zip(&unsplit).zip(&kept) {
        for field in ["protocol", "fix_time", "fixed", "lat", "lon", "speed_kmh", "course", "late"] {
            assert_eq!(split[field], unsplit[field], "{field} of {split}");
        }
        assert_eq!(time(split), sent.fix_time().unwrap());
        assert_eq!((&split["serial"], &split["hex"]), (&502.into(), &hex::encode(&packets[2]).into()));
    }

    // Once more, in packets and whole: acknowledged, and nothing new.
    let again = device.batch(&kept).unwrap();
    device.wire().send(&again.bytes).unwrap();
    device.acknowledged(again.serial).unwrap();
    for (serial, packet) in (FIRST_SERIAL..).zip(&packets) {
        device.wire().send(packet).unwrap();
        device.acknowledged(serial).unwrap();
    }
    let later = position(now(), 22.6, 114.0, 40).unwrap();
    device.report(&later).unwrap();
    assert_eq!(positions(&site, TERMINAL, kept.len() + 1)[..kept.len()], rows[..]);
    assert!(server.stop().unwrap().success(), "{}", site.log().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packet_that_is_lost_is_asked_for() {
    let _alone = ALONE.lock().await;
    let site = Site::on_sqlite().unwrap();
    // The question comes after ten seconds; on this clock they are short.
    Collection::prepare(&site).await.unwrap();
    let server = site.serve().unwrap();
    site.done(&["devices", "approve", TERMINAL]).unwrap();
    let kept = backlog(now().plus(-3_600_000));
    let mut device = Device::login(&server, "jt808", TERMINAL).unwrap();
    let packets = split(&device.batch(&kept).unwrap().bytes, FIRST_SERIAL, 3).unwrap();
    let [first, missed, last] = &packets[..] else { panic!("{}", packets.len()) };
    device.wire().send(&[first.as_slice(), last].concat()).unwrap();
    device.acknowledged(FIRST_SERIAL).unwrap();
    device.acknowledged(FIRST_SERIAL + 2).unwrap();
    // The platform's own serial: two answers of the login, two acknowledgements.
    let question =
        sealed(&[&[0x80, 0x03, 0, 5], phone().as_slice(), &[0, 4], &[0x01, 0xF4, 1, 0, 2]].concat());
    assert_eq!(hex::encode(device.wire().read(question.len()).unwrap()), hex::encode(&question));
    device.wire().send(missed).unwrap();
    device.acknowledged(FIRST_SERIAL + 1).unwrap();
    let rows = positions(&site, TERMINAL, kept.len());
    let times: Vec<Timestamp> = rows.iter().map(time).collect();
    assert_eq!(times, kept.iter().map(|kept| kept.fix_time().unwrap()).collect::<Vec<_>>());
    let metrics = server.get("/metrics").unwrap().1;
    assert!(metrics.contains("lienwatch_ingest_split_messages_total{what=\"asked_for\"} 1"), "{metrics}");
    assert!(server.stop().unwrap().success(), "{}", site.log().unwrap());
}

fn backlog(from: Timestamp) -> Vec<Position> {
    let report = |n: i32| {
        let (at, east) = (from.plus(i64::from(n) * 60_000), f64::from(n) * 0.001);
        position(at, 22.5431, 114.0579 + east, 40 + u16::try_from(n).unwrap()).unwrap()
    };
    (0..20).map(report).collect()
}

fn positions(site: &Site, terminal: &str, count: usize) -> Vec<Value> {
    until("the positions", ANSWER_MAX, || {
        let rows = site.rows::<Value>(&["positions", "--terminal", terminal, "--include", "late"])?;
        Ok((rows.len() >= count).then_some(rows))
    })
    .unwrap()
}

fn time(row: &Value) -> Timestamp {
    Timestamp::parse(row["fix_time"].as_str().unwrap()).unwrap()
}

fn phone() -> Vec<u8> {
    hex::decode(format!("{TERMINAL:0>12}")).unwrap()
}
