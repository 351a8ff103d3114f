//! Recorded cases that fail, with the reason. A case that passes must be struck off.

const DISTRIBUTED_MAP: &str = "Distributed Map is not built yet";

/// Name of the case and why it fails.
pub(crate) const FAILURES: &[(&str, &str)] = &[
    (
        "assign/test_assign_reference_variables.py::TestAssignReferenceVariables::test_reference_in_map_state[MAP_STATE_REFERENCE_IN_ITEM_SELECTOR]",
        DISTRIBUTED_MAP,
    ),
    (
        "assign/test_assign_reference_variables.py::TestAssignReferenceVariables::test_reference_in_map_state[MAP_STATE_REFERENCE_IN_TOLERATED_FAILURE_PATH]",
        DISTRIBUTED_MAP,
    ),
    (
        "scenarios/test_base_scenarios.py::TestBaseScenarios::test_map_state_config_distributed_item_selector",
        DISTRIBUTED_MAP,
    ),
    (
        "scenarios/test_base_scenarios.py::TestBaseScenarios::test_map_state_config_distributed_items_path_from_previous",
        DISTRIBUTED_MAP,
    ),
    (
        "scenarios/test_base_scenarios.py::TestBaseScenarios::test_map_state_config_distributed_parameters",
        DISTRIBUTED_MAP,
    ),
    (
        "scenarios/test_base_scenarios.py::TestBaseScenarios::test_map_state_config_distributed_reentrant",
        DISTRIBUTED_MAP,
    ),
    ("scenarios/test_base_scenarios.py::TestBaseScenarios::test_map_state_label", DISTRIBUTED_MAP),
    (
        "scenarios/test_base_scenarios.py::TestBaseScenarios::test_map_state_legacy_config_distributed_parameters",
        DISTRIBUTED_MAP,
    ),
    (
        "scenarios/test_base_scenarios.py::TestBaseScenarios::test_max_concurrency_path_negative",
        "AWS never entered the state and left the execution running; Stairway fails it and says why",
    ),
];
