//! A call recorded by the engine.

use super::{waiting::next_event, *};
use crate::media::Recorder;

const FRAME: usize = 160;
const MS: usize = 8;
/// What the caller says, what he is said, and what is played to him.
const SAID: f32 = 1_000.0;
const ANSWERED: f32 = 440.0;
const PLAYED: f32 = 700.0;
/// Frames in which both speak, pause, and speak again; the prompt begins later in that.
const SPEAK: usize = 35;
const PAUSE: usize = 25;
const PROMPT_AT: usize = 75;
const PROMPT: usize = 15;
const END: usize = 110;

fn tone(hertz: f32) -> SineTone {
    SineTone::new(hertz, -10.0)
}

fn is_silent(frame: &[f32]) -> bool {
    frame.iter().all(|sample| sample.abs() < 100.0)
}

/// Both channels of a file as it must be.
fn read(file: &[u8]) -> [Vec<f32>; 2] {
    assert_eq!((&file[..4], &file[8..16]), (&b"RIFF"[..], &b"WAVEfmt "[..]));
    // PCM, two channels, 8,000 samples a second.
    assert_eq!(file[20..28], [1, 0, 2, 0, 0x40, 0x1F, 0, 0]);
    let sound = file[44..].as_chunks::<2>().0;
    [0, 1].map(|channel| {
        let samples = sound.iter().skip(channel).step_by(2);
        samples
            .map(|&bytes| f32::from(i16::from_le_bytes(bytes)))
            .collect()
    })
}

/// Where sound begins and ends: the stretches between silences of 100 ms and more.
fn stretches(channel: &[f32]) -> Vec<(usize, usize)> {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for at in (0..channel.len()).filter(|&at| channel[at].abs() > 1_000.0) {
        match stretches.last_mut() {
            Some((_, end)) if at < *end + 100 * MS => *end = at + 1,
            _ => stretches.push((at, at + 1)),
        }
    }
    stretches
}

/// The frames of a channel in which one tone is nearly all there is.
fn frames_of(channel: &[f32], hertz: f32) -> Vec<usize> {
    let frames = channel.chunks_exact(FRAME).enumerate();
    let of = frames.filter(|(_, frame)| !is_silent(frame) && share_of(frame, hertz) > 0.9);
    of.map(|(n, _)| n).collect()
}

/// Speaks, pauses, and speaks again, both at the same time, while the prompt is played to the caller.
fn talk(caller: &mut Phone, handler: &mut Phone, prompt: impl Fn()) {
    let start = Instant::now();
    let (mut said, mut answered) = (tone(SAID), tone(ANSWERED));
    for n in 0..END {
        let pauses = (SPEAK..SPEAK + PAUSE).contains(&n);
        for (phone, tone) in [(&mut *caller, &mut said), (&mut *handler, &mut answered)] {
            let law = phone.codec.law().unwrap();
            let payload: Vec<u8> = (0..FRAME)
                .map(|_| law.encode(tone.next_rounded()))
                .collect();
            match pauses {
                true => phone.sequence += 1,
                false => phone.send(&payload),
            }
            phone.listen();
        }
        if n == PROMPT_AT {
            prompt();
        }
        let next = start + Duration::from_millis(20) * (n as u32 + 1);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

#[test]
fn a_call_is_recorded_with_what_was_said_left_and_what_was_heard_right() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(folder.path()).unwrap();
    let engine = engine(18_620..=18_639);
    let (mut caller, mut handler) = (Phone::new(Codec::Pcma), Phone::new(Codec::Pcmu));
    let (to, mut events) = events();
    let (one, two) = (
        engine.open(to).unwrap(),
        engine.open(self::events().0).unwrap(),
    );
    caller.call(&one);
    handler.call(&two);
    one.join(&two);
    one.record(&recorder, "call").unwrap();
    let mut played = tone(PLAYED);
    let samples: Vec<i16> = (0..PROMPT * FRAME).map(|_| played.next_rounded()).collect();
    let clip = Clip::from_samples(&samples);
    talk(&mut caller, &mut handler, || one.send_clip(clip.clone(), 5));
    while next_event(&mut events).1 != (Event::Played { id: 5 }) {}
    one.close();
    wait_until(|| recorder.stats().open == 0);
    assert_eq!(recorder.stats().lost, 0);

    let file = std::fs::read(folder.path().join("call.wav")).unwrap();
    let [left, right] = read(&file);
    assert_eq!(left.len(), right.len());
    // Each on its own side. A frame of the file may lie across the edge of a tone; where the thread is
    // held up the prompt lasts longer, and less of the answer is heard.
    for (name, channel, hertz, least, most) in [
        ("said", &left, SAID, END - PAUSE - 6, END - PAUSE),
        ("answered", &right, ANSWERED, SPEAK, END - PAUSE - PROMPT),
        ("played", &right, PLAYED, PROMPT * 2 / 3, PROMPT),
    ] {
        let found = frames_of(channel, hertz).len();
        println!("{name}: {found} frames of {most}");
        assert!((least..=most).contains(&found), "{name}: {found}");
    }
    for (channel, others) in [(&left, &[ANSWERED, PLAYED][..]), (&right, &[SAID])] {
        let is_absent = |&hertz: &f32| frames_of(channel, hertz).is_empty();
        assert!(others.iter().all(is_absent));
    }
    // While the prompt is played nothing else is heard.
    let (prompt, answer) = (frames_of(&right, PLAYED), frames_of(&right, ANSWERED));
    let during = prompt[0]..=prompt[prompt.len() - 1];
    assert!(!answer.iter().any(|frame| during.contains(frame)));

    let [said, heard] = [&left, &right].map(|channel| stretches(channel));
    println!("said {said:?}, heard {heard:?}");
    assert_eq!((said.len(), heard.len()), (2, 2));
    // Both began at once, and were silent at once.
    for (one, other) in [(said[0].0, heard[0].0), (said[0].1, heard[0].1)] {
        let apart = one.abs_diff(other);
        assert!(apart <= 20 * MS, "{} ms apart", apart / MS);
    }
    let [gap, pause] = [&said, &heard].map(|stretches| stretches[1].0 - stretches[0].1);
    assert!(gap.abs_diff(PAUSE * FRAME) <= 20 * MS, "{gap} samples");
    // Our own silence fills it, and what is heard again begins after a whole frame of that.
    assert!(pause + 20 * MS >= PAUSE * FRAME, "{pause} samples");
}
