//! Pages: how many to show, and which of a sorted list come next.

use super::limits::PAGE_SIZE_DEFAULT;
use super::member::Integer;

/// The bounds of `maxResults` were checked before; 0 asks for the default.
pub(crate) fn page_size(max_results: Option<Integer>) -> usize {
    match max_results {
        Some(Integer(size)) if size > 0 => usize::try_from(size).unwrap_or(PAGE_SIZE_DEFAULT),
        Some(_) | None => PAGE_SIZE_DEFAULT,
    }
}

/// The entries after the name `after`, in the order of names: the order that AWS was seen to list state
/// machines in, and one in which pages stay right while entries come and go.
pub(crate) fn page_by_name<T>(
    mut entries: Vec<T>,
    name: impl Fn(&T) -> &str,
    after: Option<&str>,
    size: usize,
) -> NamedPage<T> {
    if let Some(after) = after {
        entries.retain(|entry| name(entry) > after);
    }
    entries.sort_unstable_by(|left, right| name(left).cmp(name(right)));
    let more = entries.len() > size;
    entries.truncate(size);
    let next_after = entries.last().filter(|_| more).map(|last| name(last).to_owned());
    NamedPage { entries, next_after }
}

pub(crate) struct NamedPage<T> {
    pub(crate) entries: Vec<T>,
    pub(crate) next_after: Option<String>,
}

/// A page of entries that come in order, each with a number that tells its place.
pub(crate) fn page_by_number<'e, T>(
    entries: impl Iterator<Item = &'e T>,
    number: impl Fn(&T) -> u64,
    size: usize,
) -> NumberedPage<'e, T> {
    let mut entries: Vec<&T> = entries.take(size.saturating_add(1)).collect();
    let more = entries.len() > size;
    entries.truncate(size);
    let next_after = entries.last().filter(|_| more).map(|last| number(last));
    NumberedPage { entries, next_after }
}

pub(crate) struct NumberedPage<'e, T> {
    pub(crate) entries: Vec<&'e T>,
    pub(crate) next_after: Option<u64>,
}

#[cfg(test)]
mod tests;
