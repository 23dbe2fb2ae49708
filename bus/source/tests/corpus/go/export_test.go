package export

import (
	"testing"

	"trail.invalid/trail"
)

func TestExport(t *testing.T) {
	trail.Validates(t, "X-1", "AC-1")
	if Export() == "" {
		t.Error("nothing")
	}
}

func TestTable(t *testing.T) {
	trail.Validates(t, "X-1", "AC-2", "AC-3@2")
	trail.Validates(t, "Y-2", "AC-1")
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			trail.Validates(t, "X-1", "AC-4")
			t.Fatal(tc)
		})
	}
	t.Run("one by one", func(t *testing.T) {
		trail.Validates(t, "X-1", "AC-5")
		t.Fatal("x")
	})
}

// trail:validates X-1 AC-6
func (s *Suite) TestMethod() {
	s.Equal(1, 2)
}

func TestSkipped(t *testing.T) {
	t.Skip("later")
	t.Error("x")
}

func TestEmpty(t *testing.T) {
}

func FuzzParse(f *testing.F) {
	f.Add("x")
}

func ExampleExport() {
	Export()
}

func ExampleRender() {
	Render()
	// Output: x
}

func TestMain(m *testing.M) {}

func Testing(t *testing.T) { t.Error("no test: a small letter follows") }

func helper(t *testing.T) {
	trail.Validates(t, "X-1", "AC-7")
}

func TestComputed(t *testing.T) {
	trail.Validates(t, item, "AC-1")
	trail.Validates(t, "X-1", id(3))
	trail.Validates(t, "X-1")
	other.Validates(t, "X-1", "AC-1")
	s := `trail.Validates(t, "X-1", "AC-99")
// trail:validates X-1 AC-99
`
	t.Error(s)
}
