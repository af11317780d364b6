"""nbgrader's configuration that is yours to edit; every folder of results loads it. See docs/instructors.md."""

c = get_config()

# Late work: "none" takes nothing off, "zero" takes off all.
c.LateSubmissionPlugin.penalty_method = "none"

# Or a share of the points for each day begun, the first of them half an hour after the due date:
# c.AssignLatePenalties.plugin_class = "autograder.late.PerDay"
# c.PerDay.percent = 10
# c.PerDay.grace_minutes = 30
