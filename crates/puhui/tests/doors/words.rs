//! Whatever a reader of files refuses, a person reads why in both languages.

use outside::steps::StepsError;
use outside::track::TrackError;
use web::lang::Lang;

/// The case that follows in a walk over all of them; a new one breaks the build here.
fn after_track(error: &TrackError) -> Option<TrackError> {
    Some(match error {
        TrackError::TooLarge { .. } => TrackError::NotATrack,
        TrackError::NotATrack => TrackError::Empty,
        TrackError::Empty => TrackError::Broken {
            place: "line 12".to_owned(),
            what: "no number",
        },
        TrackError::Broken { .. } => TrackError::TooManyPoints { limit: 1 },
        TrackError::TooManyPoints { .. } => return None,
    })
}

fn after_steps(error: &StepsError) -> Option<StepsError> {
    Some(match error {
        StepsError::TooLarge { .. } => StepsError::NotSteps { looks_like: "zip" },
        StepsError::NotSteps { .. } => StepsError::Broken("line 12".to_owned()),
        StepsError::Broken(_) => StepsError::TooManyDays { limit: 1 },
        StepsError::TooManyDays { .. } => StepsError::TooManySources { limit: 1 },
        StepsError::TooManySources { .. } => StepsError::SeveralPeople,
        StepsError::SeveralPeople => StepsError::Typed,
        StepsError::Typed => StepsError::NoSteps,
        StepsError::NoSteps => StepsError::Unread(std::io::ErrorKind::Other),
        StepsError::Unread(_) => return None,
    })
}

#[test]
fn every_file_that_is_refused_is_refused_in_words_of_both_languages() {
    let tracks = std::iter::successors(Some(TrackError::TooLarge { limit: 1 }), after_track);
    let steps = std::iter::successors(Some(StepsError::TooLarge { limit: 1 }), after_steps);
    let codes = tracks.map(|e| e.code()).chain(steps.map(|e| e.code()));
    let codes: Vec<&str> = codes.chain(["track.missing"]).collect();
    assert_eq!(codes.len(), 15);
    for lang in Lang::ALL {
        for code in &codes {
            let key = format!("refusal-{}", code.replace(['.', '_'], "-"));
            let said = lang.say(&key);
            assert!(said != key && said.chars().count() > 5, "{code}: {said}");
        }
    }
}
