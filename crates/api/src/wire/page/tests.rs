use super::*;

fn names(page: &NamedPage<&'static str>) -> Vec<&'static str> {
    page.entries.clone()
}

#[test]
fn zero_and_nothing_ask_for_the_default() {
    assert_eq!(page_size(None), 100);
    assert_eq!(page_size(Some(Integer(0))), 100);
    assert_eq!(page_size(Some(Integer(7))), 7);
}

/// ListStateMachines on AWS listed `0`, `10`, `11`, `12`, `1`, `2`, with a suffix after the number.
#[test]
fn entries_come_in_the_order_of_their_names() {
    let page = page_by_name(vec!["m_2_x", "m_10_x", "m_1_x"], |name| name, None, 10);
    assert_eq!(names(&page), ["m_10_x", "m_1_x", "m_2_x"]);
    assert_eq!(page.next_after, None);
}

#[test]
fn pages_join_without_gap_or_repeat() {
    let all = vec!["c", "a", "e", "b", "d"];
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = page_by_name(all.clone(), |name| name, after.as_deref(), 2);
        seen.extend(names(&page));
        after = page.next_after;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["a", "b", "c", "d", "e"]);
}

#[test]
fn page_that_ends_the_list_exactly_has_no_next() {
    assert_eq!(page_by_name(vec!["a", "b"], |name| name, None, 2).next_after, None);
}
