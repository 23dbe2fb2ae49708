package shop

import (
	"fmt"
	"testing"
	"time"
)

//trail:validates SHOP-1 AC-1
func TestAdds(t *testing.T) {
	if Add(2, 2) != 4 {
		t.Fatal("no")
	}
}

//trail:validates SHOP-1 AC-2@2
func TestWrong(t *testing.T) {
	if Add(2, 2) != 5 {
		t.Errorf("got %d", Add(2, 2))
	}
}

func TestSkips(t *testing.T) { t.Skip("slow") }

//trail:validates SHOP-1 AC-3
func TestTable(t *testing.T) {
	for _, n := range []int{1, 2} {
		t.Run(fmt.Sprintf("n %d", n), func(t *testing.T) {
			if n == 2 {
				t.Fatalf("two")
			}
		})
	}
}

func TestPrints(t *testing.T) {
	time.Sleep(10 * time.Millisecond)
	fmt.Println("printed")
}

func ExampleAdd() {
	fmt.Println(Add(1, 1))
	// Output: 3
}
