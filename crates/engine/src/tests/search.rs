//! Executions of all machines: their order, the filters, the pages.

use asl::arn::Owner;

use super::*;
use crate::{FoundExecution, SearchExecutions};

const FAIL: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"Parcel.Lost","Cause":"gone"}}}"#;
const MACHINES: [(&str, &str); 3] = [("passing", PASS), ("failing", FAIL), ("waiting", WAIT)];
/// Executions of each machine.
const EACH: usize = 30;

fn owner() -> Owner {
    machine_arn().owner
}

fn arn_of(name: &str) -> StateMachineArn {
    StateMachineArn { owner: owner(), name: name.into() }
}

/// Three machines, whose executions are started in turn.
fn with_executions<F: Future<Output = ()>>(test: impl FnOnce(Client) -> F) {
    with_engine(|engine, client| async move {
        for (name, text) in MACHINES {
            let create = CreateStateMachine {
                arn: arn_of(name),
                machine_type: MachineType::Standard,
                definition: definition(text, MachineType::Standard),
                role_arn: "arn:aws:iam::000000000000:role/r".into(),
                logging: None,
                tracing: None,
                encryption: None,
                tags: Vec::new(),
                publish: None,
            };
            engine.create_state_machine(create).await.unwrap();
        }
        for number in 0..EACH {
            for (machine, _) in MACHINES {
                let start = StartExecution {
                    revision: Arc::clone(&engine.state_machine(&arn_of(machine)).unwrap().current),
                    through: None,
                    name: Some(format!("{machine}-{number:02}").into()),
                    input: Document::parse("{}").unwrap(),
                    trace_header: None,
                    mocks: None,
                };
                client.start_execution(start).await.unwrap();
            }
        }
        test(client).await;
    });
}

/// All pages of a search, and how many there were.
async fn check_pages(client: &Client, search: SearchExecutions) -> (Vec<FoundExecution>, usize) {
    let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = client.search_executions(SearchExecutions { after, ..search.clone() }).await.unwrap();
        assert!(page.executions.len() <= search.limit);
        found.extend(page.executions);
        pages += 1;
        after = page.next;
        if after.is_none() {
            return (found, pages);
        }
    }
}

fn names(found: &[FoundExecution]) -> Vec<&str> {
    found.iter().map(|found| &*found.listed.arn.name).collect()
}

#[test]
fn executions_of_all_machines_come_newest_first_and_each_once() {
    with_executions(|client| async move {
        let (found, pages) = check_pages(&client, SearchExecutions::all(owner(), 7)).await;
        let mut newest_first: Vec<String> = (0..EACH)
            .flat_map(|number| MACHINES.map(|(machine, _)| format!("{machine}-{number:02}")))
            .collect();
        newest_first.reverse();
        assert_eq!(names(&found), newest_first);
        assert_eq!(pages, (3 * EACH).div_ceil(7));
    });
}

#[test]
fn a_search_finds_by_machine_status_part_of_the_name_and_part_of_the_error() {
    with_executions(|client| async move {
        let all = SearchExecutions::all(owner(), 100);
        let only = SearchExecutions { machine: Some(arn_of("passing")), ..all.clone() };
        assert_eq!(check_pages(&client, only).await.0.len(), EACH);
        let running = SearchExecutions { status: Some(ExecutionStatus::Running), ..all.clone() };
        let (found, _) = check_pages(&client, running).await;
        assert!(found.len() == EACH && names(&found)[0] == "waiting-29", "{found:?}");
        let named = SearchExecutions { name: Some("ING-07".into()), ..all.clone() };
        assert_eq!(names(&check_pages(&client, named).await.0), ["waiting-07", "failing-07", "passing-07"]);
        let lost = SearchExecutions { error: Some("parcel.l".into()), limit: 4, ..all.clone() };
        let (found, pages) = check_pages(&client, lost).await;
        assert_eq!((found.len(), pages), (EACH, EACH.div_ceil(4)));
        assert_eq!(found[0].cause.as_deref(), Some("gone"));
        let another = SearchExecutions { error: Some("nobody".into()), ..all };
        assert!(check_pages(&client, another).await.0.is_empty());
    });
}

#[test]
fn a_search_ends_where_its_time_ends() {
    with_executions(|client| async move {
        let all = SearchExecutions::all(owner(), 50);
        let (everything, _) = check_pages(&client, all.clone()).await;
        let middle = everything[40].listed.started_ms;
        let from = SearchExecutions { from_ms: Some(middle), ..all.clone() };
        let until = SearchExecutions { until_ms: Some(middle), ..all };
        let (late, early) = (check_pages(&client, from).await.0, check_pages(&client, until).await.0);
        assert_eq!(late.len() + early.len(), everything.len());
        assert!(late.iter().all(|found| found.listed.started_ms >= middle));
        assert!(early.iter().all(|found| found.listed.started_ms < middle));
    });
}
