import { DOORS } from '../helpers/doors.ts';
import { testDoors } from './table.ts';

testDoors(DOORS);
