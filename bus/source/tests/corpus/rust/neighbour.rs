// [utest->req~VSME-142.AC-3~2]
#[test]
fn one() { assert!(true); }

// [ impl~own~1 -> req~VSME-142.AC-4~1 >> utest, itest ], [doc->req~VSME-142.AC-5~1]
fn two() {}

// [dsn->req~VSME-142.AC-3~1] [impl->req~login~1] [impl->req~VSME-142.AC-3] array[a->b]
fn three() {}

// @relation(VSME-142/AC-6, VSME-142/AC-7, scope=function)
fn four() {}

// @relation(VSME-142/AC-8, scope=function, role=Verification)
#[test]
fn five() { assert!(true); }

// @relation(REQ-1, scope=function)
fn six() { let s = "[utest->req~VSME-142.AC-3~2]"; }

// @relation(VSME-142/AC-9, scope=file)

// @relation(VSME-142/AC-10,
fn seven() {}
