//! The name that somebody may have meant.

/// LIMIT: longer names are not compared; the longest of AWS's has about 90 characters.
const NAME_MAX: usize = 200;

/// The nearest of the names, if it is near: a third of it may differ. Case counts little.
pub fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if wanted.len() > NAME_MAX {
        return None;
    }
    let lower: Vec<char> = wanted.to_lowercase().chars().collect();
    let near = names.filter_map(|name| {
        let characters: Vec<char> = name.to_lowercase().chars().collect();
        let most = characters.len().max(lower.len()) / 3;
        // A name within twice the length of another cannot be nearer than the difference.
        if characters.len().abs_diff(lower.len()) > most {
            return None;
        }
        let distance = distance(&lower, &characters);
        (distance <= most).then_some((distance, name))
    });
    near.min().map(|(_, name)| name)
}

/// How many characters must be put in, taken out or replaced.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[b.len()]
}
