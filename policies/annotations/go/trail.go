// Package trail links tests to the acceptance criteria of a work item.
//
//	func TestAFlowHasADuration(t *testing.T) {
//		trail.Validates(t, "PROJ-1234", "AC-3")
//		// ...
//	}
//
// The link stands in the test itself, so it survives renaming and moving it. The trail program reads
// it from the source; with Go 1.25 or newer, `go test -json` reports it as attributes, too.
//
// Code and documents are linked by a comment above them: //trail:implements PROJ-1234 AC-3.
package trail

import (
	"fmt"
	"regexp"
	"testing"
)

const word = `[A-Za-z0-9][A-Za-z0-9._-]*`

var (
	// Plane's and Jira's keys, and GitHub's references.
	workItems = regexp.MustCompile(`^(?:` + word + `-[1-9][0-9]*|(?:` + word + `/` + word + `)?#[1-9][0-9]*)$`)
	criteria  = regexp.MustCompile(`^(AC-(?:0|[1-9][0-9]{0,3}))(?:@[1-9][0-9]{0,8})?$`)
)

// Validates says that the test validates criteria of a work item. A criterion is "AC-3", or "AC-3@2"
// for its revision 2. Call it once per work item, at the top of the test.
//
// It does nothing to the test but to fail it at once where an argument is malformed.
func Validates(t testing.TB, workItem string, criterion string, more ...string) {
	t.Helper()
	named := append([]string{criterion}, more...)
	if reason := fault(workItem, named); reason != "" {
		t.Fatalf("%s; write trail.Validates(t, \"PROJ-1234\", \"AC-3\")", reason)
	}
	// testing.TB has attributes from Go 1.25 on. Older versions have no place for them.
	if reporter, can := t.(interface{ Attr(key, value string) }); can {
		for _, claim := range named {
			reporter.Attr("trail.work_item", workItem)
			reporter.Attr("trail.criterion", claim)
		}
	}
}

// fault returns what is wrong with the arguments, or nothing.
func fault(workItem string, named []string) string {
	if !workItems.MatchString(workItem) {
		return fmt.Sprintf("`%s` cannot be a work item", workItem)
	}
	if len(named) == 0 {
		return "no criterion is named"
	}
	seen := make(map[string]bool, len(named))
	for _, claim := range named {
		parts := criteria.FindStringSubmatch(claim)
		if parts == nil {
			return fmt.Sprintf("`%s` cannot be a criterion", claim)
		}
		if seen[parts[1]] {
			return fmt.Sprintf("`%s` is named twice", parts[1])
		}
		seen[parts[1]] = true
	}
	return ""
}
