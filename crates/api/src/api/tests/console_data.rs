//! What the console reads beside the operations: lists over all machines, counts, and events as they come.

use super::*;
use crate::reply::HttpResponse;

const FAIL: &str =
    r#"{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"Parcel.Lost","Cause":"<b>gone</b>"}}}"#;
const WAIT: &str = r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":900,"End":true}}}"#;

impl Door {
    async fn data(&self, path: &str) -> Value {
        let answer = self.get(&format!("/console/api/{path}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["cache-control"], "no-store");
        answer.body
    }

    async fn started(&self, machine: &str, name: &str) -> String {
        let body = json!({ "stateMachineArn": machine, "name": name });
        self.ok("StartExecution", body).await["executionArn"].as_str().unwrap().to_owned()
    }

    async fn stream(&self, query: &str, last: Option<&str>) -> Listener {
        let request = Request::get(format!("/console/api/events{query}")).header("host", "localhost");
        let request = last.into_iter().fold(request, |request, id| request.header("last-event-id", id));
        let response = self.response(request.body(Full::default()).unwrap()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Listener { response }
    }

    /// A stream of the lists, if there is room for one.
    async fn listened(&self) -> Option<Listener> {
        let request = Request::get("/console/api/events").header("host", "localhost");
        let response = self.response(request.body(Full::default()).unwrap()).await;
        (response.status() == 200).then_some(Listener { response })
    }

    async fn response(&self, request: Request<Full<Bytes>>) -> HttpResponse {
        self.api.handle(&self.client, IpAddr::V4(Ipv4Addr::LOCALHOST), request).await
    }
}

struct Listener {
    response: HttpResponse,
}

impl Listener {
    /// The next piece, or nothing when the stream is over.
    async fn next(&mut self) -> Option<String> {
        let frame = self.response.body_mut().frame().await?.unwrap();
        Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
    }

    async fn rest(mut self) -> String {
        let mut all = String::new();
        while let Some(piece) = self.next().await {
            all.push_str(&piece);
        }
        all
    }
}

fn names(list: &Value) -> Vec<&str> {
    list["executions"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[test]
fn executions_of_all_machines_are_listed_with_their_errors_page_by_page() {
    at_the_door(|door| async move {
        let (passing, failing) = (door.machine("passing", PASS).await, door.machine("failing", FAIL).await);
        for number in 0..3 {
            door.started(&passing, &format!("p{number}")).await;
            door.started(&failing, &format!("f{number}")).await;
        }
        let first = door.data("executions?limit=4").await;
        assert_eq!(names(&first), ["f2", "p2", "f1", "p1"]);
        assert_eq!(first["executions"][0]["error"], "Parcel.Lost");
        assert_eq!(first["executions"][0]["cause"], "<b>gone</b>");
        assert_eq!(first["executions"][1].get("error"), None);
        let token = first["nextToken"].as_str().unwrap();
        let second = door.data(&format!("executions?limit=4&from=1000&after={token}")).await;
        assert_eq!((names(&second), second.get("nextToken")), (vec!["f0", "p0"], None));

        assert_eq!(names(&door.data("executions?status=SUCCEEDED").await), ["p2", "p1", "p0"]);
        assert_eq!(names(&door.data("executions?error=parcel&name=1").await), ["f1"]);
        assert_eq!(names(&door.data(&format!("executions?machine={passing}&name=P0")).await), ["p0"]);
        assert_eq!(names(&door.data("executions?until=1000").await), [""; 0]);
        let elsewhere = door.get(&format!("/console/api/executions?name=p&after={token}")).await;
        assert!(told(&elsewhere).starts_with("InvalidToken: "), "{}", elsewhere.body);
    });
}

#[test]
fn the_overview_counts_what_was_started_what_failed_and_what_runs() {
    at_the_door(|door| async move {
        let (failing, waiting) = (door.machine("failing", FAIL).await, door.machine("waiting", WAIT).await);
        door.started(&failing, "f").await;
        door.started(&failing, "g").await;
        door.started(&waiting, "w").await;
        let overview = door.data("overview?hours=1").await;
        assert_eq!((&overview["machineCount"], &overview["running"]), (&json!(2), &json!(1)));
        let last = overview["buckets"].as_array().unwrap().last().unwrap();
        assert_eq!(*last, json!({ "started": 3, "failed": 2 }));
        let machines = json!([
            { "stateMachineArn": failing, "started": 2, "failed": 2, "running": 0, "recent": ["FAILED", "FAILED"] },
            { "stateMachineArn": waiting, "started": 1, "failed": 0, "running": 1, "recent": ["RUNNING"] },
        ]);
        assert_eq!(overview["machines"], machines);
        assert_eq!(overview["failures"][0]["name"], "g");
        assert_eq!(overview["isWhole"], true);
        let refusal = door.get("/console/api/overview?hours=0").await;
        assert_eq!(
            told(&refusal),
            "ValidationException: expected a number from 1 to 168 as `hours`, found `0`"
        );
    });
}

#[test]
fn the_history_of_an_execution_is_told_as_it_grows_and_then_its_end() {
    at_the_door(|door| async move {
        let waiting = door.machine("waiting", WAIT).await;
        let arn = door.started(&waiting, "w").await;
        let mut listener = door.stream(&format!("?execution={arn}"), None).await;
        let first = listener.next().await.unwrap();
        assert!(first.starts_with("retry: 1000\n\nid: 2\nevent: history\ndata: [{"), "{first}");
        door.ok("StopExecution", json!({ "executionArn": arn })).await;
        let rest = listener.rest().await;
        assert!(rest.starts_with("id: 3\nevent: history\n") && rest.contains("ExecutionAborted"), "{rest}");
        assert!(rest.ends_with("id: 3\nevent: end\ndata: {}\n\n"), "{rest}");
    });
}

#[test]
fn a_long_history_comes_at_once_and_goes_on_after_any_event() {
    at_the_door(|door| async move {
        let passing = door.machine("passing", PASS).await;
        let arn = door.started(&passing, "p").await;
        let ids = |history: &Value| -> Vec<u64> {
            history["events"].as_array().unwrap().iter().map(|event| event["id"].as_u64().unwrap()).collect()
        };
        let all = door.data(&format!("history?execution={arn}")).await;
        assert_eq!((ids(&all), &all["isMore"]), (vec![1, 2, 3, 4], &json!(false)));
        assert_eq!(ids(&door.data(&format!("history?execution={arn}&after=3")).await), [4]);
        let part = door.data(&format!("history?execution={arn}&after=1&limit=2")).await;
        assert_eq!((ids(&part), &part["isMore"]), (vec![2, 3], &json!(true)));
        let told_by_aws = door.ok("GetExecutionHistory", json!({ "executionArn": arn })).await;
        assert_eq!(all["events"], told_by_aws["events"]);
        let missing =
            door.get(&format!("/console/api/history?execution={OWNED}:execution:nothing:none")).await;
        assert_eq!((missing.status, told(&missing).starts_with("ExecutionDoesNotExist: ")), (404, true));
        let malformed = door.get("/console/api/history?execution=x").await;
        assert!(told(&malformed).starts_with("InvalidArn: "), "{}", malformed.body);
    });
}

#[test]
fn what_a_task_may_name_is_told_service_by_service() {
    at_the_door(|door| async move {
        let has = |list: &Value, wanted: &str| list.as_array().unwrap().iter().any(|found| found == wanted);
        let all = door.data("resources").await;
        assert!(has(&all["resources"], "arn:aws:states:::states:startExecution"), "{all}");
        assert!(has(&all["services"], "dynamodb"), "{all}");
        let one = door.data("resources?service=dynamodb").await;
        assert!(has(&one["resources"], "arn:aws:states:::aws-sdk:dynamodb:putItem"), "{one}");
        assert_eq!(one["services"], json!([]));
        let none = door.data("resources?service=no-such").await;
        assert_eq!(none, json!({ "resources": [], "services": [] }));
    });
}

#[test]
fn who_resumes_misses_nothing_and_hears_nothing_twice() {
    at_the_door(|door| async move {
        let passing = door.machine("passing", PASS).await;
        let arn = door.started(&passing, "p").await;
        let query = format!("?execution={arn}");
        let all = door.stream(&query, None).await.rest().await;
        for (last, expected) in [("1", vec![2, 3, 4]), ("3", vec![4]), ("4", vec![])] {
            let rest = door.stream(&query, Some(last)).await.rest().await;
            let ids: Vec<u64> = rest
                .lines()
                .filter_map(|line| line.strip_prefix("data: ["))
                .flat_map(|line| serde_json::from_str::<Vec<Value>>(&format!("[{line}")).unwrap())
                .map(|event| event["id"].as_u64().unwrap())
                .collect();
            assert_eq!(ids, expected, "after {last} of {all}");
            assert!(rest.ends_with("event: end\ndata: {}\n\n"), "{rest}");
        }
    });
}

#[test]
fn a_change_of_the_lists_is_told_once() {
    at_the_door(|door| async move {
        let mut listener = door.stream("", None).await;
        let first = listener.next().await.unwrap();
        assert!(first.contains("event: changed"), "{first}");
        let id = first.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
        door.machine("new", PASS).await;
        let second = listener.next().await.unwrap();
        assert!(second.contains("event: changed") && !second.contains(&id), "{second}");
        let known = second.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
        let resumed = door.stream("", Some(known)).await.next().await.unwrap();
        assert!(!resumed.contains("changed"), "{resumed}");
    });
}

#[test]
fn streams_end_with_the_server_and_are_bounded() {
    at_the_door(|door| async move {
        let mut listeners = Vec::new();
        for _ in 0..64 {
            listeners.push(door.stream("", None).await);
        }
        let refused = door.get("/console/api/events").await;
        assert!(told(&refused).starts_with("ThrottlingException: "), "{}", refused.body);
        drop(listeners.pop());
        // The place is free once the task that held it has seen that nobody listens.
        while door.listened().await.is_none() {
            tokio::task::yield_now().await;
        }
        (door.stop)();
        for listener in listeners {
            listener.rest().await;
        }
    });
}

#[test]
fn nothing_of_it_is_for_foreign_pages_hosts_or_accounts() {
    at_the_door(|door| async move {
        let arn = door.machine("mine", WAIT).await;
        let execution = door.started(&arn, "w").await;
        for path in ["executions", "overview", "history", "resources", "events"] {
            let asked = |name: &'static str, value: &'static str| {
                Request::get(format!("/console/api/{path}")).header("host", "localhost").header(name, value)
            };
            for foreign in [
                asked("origin", "http://evil.example"),
                asked("sec-fetch-site", "cross-site"),
                asked("sec-fetch-site", "same-site"),
                Request::get(format!("/console/api/{path}")).header("host", "evil.example"),
            ] {
                let answer =
                    door.send(foreign.header("accept", "text/html").body(Full::default()).unwrap()).await;
                assert_eq!(answer.status, 403, "{path}: {}", answer.body);
                assert_eq!(answer.headers["content-type"], "application/x-amz-json-1.0");
            }
        }
        let credential = "AWS4-HMAC-SHA256 Credential=111111111111/20260101/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0";
        let other = |path: String| {
            let request = Request::get(path).header("host", "localhost").header("authorization", credential);
            request.body(Full::default()).unwrap()
        };
        let list = door.send(other("/console/api/executions".to_owned())).await;
        assert_eq!(names(&list.body), [""; 0]);
        for path in ["events", "history"] {
            let refusal = door.send(other(format!("/console/api/{path}?execution={execution}"))).await;
            assert!(told(&refusal).starts_with("ExecutionDoesNotExist: "), "{}", refusal.body);
        }
    });
}

#[test]
fn what_is_not_there_is_refused_and_nothing_is_changed_here() {
    at_the_door(|door| async move {
        let nowhere = door.get("/console/api/secrets").await;
        assert_eq!((nowhere.status, told(&nowhere).starts_with("UnknownOperationException")), (404, true));
        for method in ["POST", "PUT", "DELETE"] {
            let request = Request::builder().method(method).uri("/console/api/executions");
            let request = request.header("host", "localhost").body(Full::default()).unwrap();
            assert_eq!(door.send(request).await.status, 404, "{method}");
        }
        let missing = format!("{OWNED}:execution:nothing:none");
        let answer = door.get(&format!("/console/api/events?execution={missing}")).await;
        assert_eq!((answer.status, told(&answer).starts_with("ExecutionDoesNotExist: ")), (404, true));
    });
}
