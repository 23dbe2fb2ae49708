package sub

import "testing"

// The same name as in the folder above, and not annotated.
func TestAdds(t *testing.T) {}

//trail:validates SHOP-1 AC-4
func TestPanics(t *testing.T) {
	var m map[string]int
	m["a"] = 1
}

func TestAfter(t *testing.T) {}
