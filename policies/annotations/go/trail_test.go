package trail

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// A test as the runner would give it, which notes what is done to it.
type noted struct {
	testing.TB
	done []string
}

func (n *noted) Helper() {}

func (n *noted) Fatalf(format string, values ...any) {
	n.done = append(n.done, "fatal "+fmt.Sprintf(format, values...))
	runtime.Goexit()
}

// The same with what Go 1.25 added.
type attributed struct{ noted }

func (a *attributed) Attr(key, value string) { a.done = append(a.done, key+"="+value) }

// ended calls a function as the runner does: Fatalf ends the goroutine.
func ended(call func()) {
	over := make(chan struct{})
	go func() {
		defer close(over)
		call()
	}()
	<-over
}

const usage = "; write trail.Validates(t, \"PROJ-1234\", \"AC-3\")"

func text(column string) string {
	if column == "''" {
		return ""
	}
	return column
}

func TestEveryPackageTakesAndRefusesTheSameWords(t *testing.T) {
	Validates(t, "X-1", "AC-1")
	file, err := os.ReadFile("../cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for number, row := range strings.Split(string(file), "\n") {
		if row == "" || strings.HasPrefix(row, "#") {
			continue
		}
		columns := strings.Split(row, "\t")
		verdict, workItem, revision, expected := columns[0], text(columns[1]), columns[3], columns[4]
		if revision != "-" {
			continue // Go has no argument for it: "AC-3@2".
		}
		var named []string
		if columns[2] != "-" {
			for _, one := range strings.Split(columns[2], " ") {
				named = append(named, text(one))
			}
		}
		seen++
		got := fault(workItem, named)
		if want := map[bool]string{true: "", false: expected}[verdict == "ok"]; got != want {
			t.Errorf("line %d: got %q, want %q", number+1, got, want)
		}
	}
	if seen < 30 {
		t.Errorf("only %d cases were read", seen)
	}
}

func TestAMalformedArgumentFailsTheTestAtOnceWithWhatToWrite(t *testing.T) {
	test, after := &noted{}, false
	ended(func() {
		Validates(test, "X-1", "3")
		after = true
	})
	want := []string{"fatal `3` cannot be a criterion" + usage}
	if !reflect.DeepEqual(test.done, want) || after {
		t.Errorf("got %q (went on: %v), want %q", test.done, after, want)
	}
}

func TestNothingElseIsDoneToATest(t *testing.T) {
	test := &noted{}
	Validates(test, "X-1", "AC-1", "AC-2@3")
	if test.done != nil {
		t.Errorf("got %q", test.done)
	}
}

func TestTheCriteriaAreReportedWhereTheRunnerHasAttributes(t *testing.T) {
	test := &attributed{}
	Validates(test, "owner/repo#7", "AC-1", "AC-2@3")
	want := []string{
		"trail.work_item=owner/repo#7", "trail.criterion=AC-1",
		"trail.work_item=owner/repo#7", "trail.criterion=AC-2@3",
	}
	if !reflect.DeepEqual(test.done, want) {
		t.Errorf("got %q, want %q", test.done, want)
	}
}

func TestSubtestsBenchmarksAndFuzzTestsAreTests(t *testing.T) {
	t.Run("subtest", func(t *testing.T) { Validates(t, "X-1", "AC-1") })
	var _ testing.TB = &testing.B{}
	var _ testing.TB = &testing.F{}
}
