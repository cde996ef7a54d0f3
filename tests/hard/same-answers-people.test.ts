import { testSameAnswers } from "../migrate/same-answers.ts";

testSameAnswers("people");
