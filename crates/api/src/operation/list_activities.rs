//! ListActivities: the activities of the caller's account and region, in the order of their names.

use std::sync::Arc;

use super::list_by_name::NamedList;
use crate::api::Call;
use crate::domain::ActivityEntry;
use crate::error::ApiError;
use crate::reply::Reply;

const ACTIVITIES: NamedList<Arc<ActivityEntry>> = NamedList {
    operation: "ListActivities",
    member: "activities",
    name: |entry| &entry.arn.name,
    show: |json, entry| {
        json.arn("activityArn", &entry.arn)
            .string("name", &entry.arn.name)
            .timestamp("creationDate", entry.created_ms);
    },
};

pub(crate) fn run(call: &Call<'_>) -> Result<Reply, ApiError> {
    ACTIVITIES.answer(call, |call| call.engine.activities(&call.owner))
}
