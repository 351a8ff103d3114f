//! Durations as people read them, from milliseconds to the days of a run on virtual time.

/// `0.012 s`, `12.3 s`, `3 min 12 s`, `2 h 05 min`, `4 d 03 h`.
pub(crate) fn show(ms: i64) -> String {
    let ms = ms.max(0);
    let seconds = ms / 1_000;
    match seconds {
        0..10 => format!("{seconds}.{:03} s", ms % 1_000),
        10..60 => format!("{seconds}.{} s", ms % 1_000 / 100),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {:02} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::show;

    #[test]
    fn each_size_has_its_unit() {
        let shown = [-1, 0, 12, 9_999, 12_345, 192_000, 7_500_000, 356_400_000].map(show);
        assert_eq!(
            shown,
            ["0.000 s", "0.000 s", "0.012 s", "9.999 s", "12.3 s", "3 min 12 s", "2 h 05 min", "4 d 03 h"]
        );
    }
}
